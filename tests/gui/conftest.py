"""A window for each test, on no display."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from mlid_desktop.gui.theme.style import Theme
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
def enrolled(demo: Stage) -> Stage:
    """Maria Okoye is enrolled there with face, finger and voice, as No. 1001."""
    from PySide6.QtWidgets import QApplication

    from tests.gui import screenshots

    for _ in screenshots.enrol(demo, "1001", "Maria Okoye", seed=1, detailed=False):
        QApplication.processEvents()
    return demo
