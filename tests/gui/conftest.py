"""A window for each test, on no display."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from mlid_desktop.gui.theme.style import Theme
    from tests.gui.clinic import Clinic
    from tests.gui.stage import Stage


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The light look, applied."""
    from mlid_desktop.gui.theme.style import Theme
    from mlid_desktop.gui.theme.tokens import ThemeName
    from mlid_desktop.station.configuration.resources import resource_folder

    made = Theme(resource_folder())
    made.apply(qapp, ThemeName.LIGHT)
    return made


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """The real window; no models, so that only the finger works."""
    from tests.gui.stage import Stage

    made = Stage(qapp, tmp_path, models=tmp_path / "no-models")
    yield made
    made.close()


@pytest.fixture
def demo(stage: Stage) -> Stage:
    """The window with an unlocked demo vault."""
    stage.create_vault()
    return stage


@pytest.fixture
def clinic(demo: Stage) -> Iterator[Clinic]:
    """The window with a program of the house that was admitted and may ask."""
    from tests.gui.clinic import Clinic

    made = Clinic(demo)
    made.serve()
    made.pair()
    yield made
    made.interface.close()
    made.close()


@pytest.fixture(scope="session")
def vault_with_a_person(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a stage left a vault in which Maria Okoye is enrolled with face, finger and voice, as No. 1001."""
    from PySide6.QtWidgets import QApplication

    from tests.gui import screenshots

    with _left_behind(qapp, tmp_path_factory.mktemp("whole")) as made:
        for _ in screenshots.enrol(made, "1001", "Maria Okoye", seed=1, detailed=False):
            QApplication.processEvents()
    return made.folder


@pytest.fixture(scope="session")
def vault_with_a_finger(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As above, with a finger alone."""
    from tests.gui.steps import saved

    with _left_behind(qapp, tmp_path_factory.mktemp("finger")) as made:
        saved(made)
    return made.folder


@pytest.fixture
def enrolled(stage: Stage, vault_with_a_person: Path) -> Stage:
    """The window with a demo vault in which Maria Okoye is enrolled with face, finger and voice, as No. 1001."""
    stage.unlock_copy(vault_with_a_person)
    return stage


@pytest.fixture
def known(stage: Stage, vault_with_a_finger: Path) -> Stage:
    """The window with a demo vault in which Maria Okoye is enrolled with a finger, as No. 1001."""
    stage.unlock_copy(vault_with_a_finger)
    return stage


@contextmanager
def _left_behind(application: QApplication, folder: Path) -> Iterator[Stage]:
    """A stage with a demo vault, closed in the end; what it wrote stays."""
    from tests.gui.stage import Stage

    made = Stage(application, folder, models=folder / "no-models")
    made.create_vault()
    yield made
    made.close()
