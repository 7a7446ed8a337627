"""The layout of every page and dialog, at every size, in every language, in the light theme: how many are at fault."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.bench.report import Report

SIZES = ((960, 540), (1024, 768), (1366, 768), (1920, 1080))  # the first is 1920x1080 at 200 %


def run(report: Report) -> None:
    """Each language once; the dark theme has the geometry of the light one, as a test says, and is not walked."""
    measure_layout(report, "light")


def measure_layout(report: Report, name: str) -> None:
    """What is at fault in each language, in the theme of this name."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QSize  # after the platform is chosen
    from PySide6.QtWidgets import QApplication

    from mlid_desktop.gui.theme.tokens import ThemeName
    from mlid_desktop.station.configuration.resources import resource_folder
    from mlid_desktop.station.text.language import available_languages
    from tests.gui.every_page import EveryPage
    from tests.gui.geometry import Measure
    from tests.gui.stage import ROOT, Stage

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    sizes = [QSize(*size) for size in SIZES]
    models = Path(os.environ.get("MLID_MODELS") or ROOT / "models")
    faults, looks = 0, 0
    for code in available_languages(resource_folder() / "translations"):
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(application, Path(folder), language=code, models=models)
            stage.theme.apply(application, ThemeName(name))
            measure = Measure(stage, sizes)
            try:
                EveryPage(stage, measure.look).walk()
            finally:
                stage.close()
        for line in measure.lines():
            report.note(f"{code}, {name}: {line}")
        faults, looks = faults + len(measure.found), looks + measure.looks * len(sizes)
    report.figure("pages and dialogs looked at", looks, "looks")
    report.figure("faults of layout", faults, "faults", at_most=0)
