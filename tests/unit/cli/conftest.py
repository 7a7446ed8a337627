"""Commands in English, at a desk without models: made-up fingers need none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command_line import ADA, BEN, AtVault, RecordedFingers, new_vault


@contextmanager
def _desk_without_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLID_MODELS", str(tmp_path_factory.mktemp("no-models")))
        patch.setenv("MLID_LANGUAGE", "en")
        yield


@pytest.fixture(scope="module", autouse=True)
def _no_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with _desk_without_models(tmp_path_factory):
        yield


@pytest.fixture(scope="session")
def finger(tmp_path_factory: pytest.TempPathFactory) -> RecordedFingers:
    """Impressions that several tests present."""
    return RecordedFingers(tmp_path_factory.mktemp("fingers"))


@pytest.fixture(scope="session")
def made_vault(tmp_path_factory: pytest.TempPathFactory, finger: RecordedFingers) -> AtVault:
    """Ada and Ben are enrolled; a supervisor and an operator know the vault. No test changes it."""
    with _desk_without_models(tmp_path_factory):
        made = new_vault(tmp_path_factory.mktemp("vaults") / "desk", demo=True)
        made.enrol("1001", "Ada Low", finger(ADA, 1, 2, 3))
        made.enrol("1002", "Ben Ho", finger(BEN, 1, 2, 3))
    return made


@pytest.fixture
def vault(made_vault: AtVault, tmp_path: Path) -> AtVault:
    """The vault of one test."""
    return made_vault.copied(tmp_path / "vaults")
