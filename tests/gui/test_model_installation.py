"""Models installed from the window, under administration."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from mlid_desktop.gui.administration import model_actions
from mlid_desktop.gui.administration.presenter import Section, Task
from mlid_desktop.gui.widgets.dialogs import Question
from tests.gui.stage import PASSPHRASE, PATIENCE_S, Stage
from tests.gui.steps import words
from tests.gui.test_administration import done, page


class SlowInstallation:
    """In the place of the station's: goes on until it is ``released``, and keeps where it was told to look."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.files: tuple[str, ...] = ("face.onnx",)
        self.released = threading.Event()

    def __call__(self, source: Path | None, progress: Callable[[str, float], None]) -> tuple[str, ...]:
        self.sources.append("the network" if source is None else source.name)
        progress("face.onnx", 0.25)
        self.released.wait(PATIENCE_S)
        return self.files


@pytest.fixture
def installation(demo: Stage, monkeypatch: pytest.MonkeyPatch) -> SlowInstallation:
    made = SlowInstallation()
    monkeypatch.setattr(demo.station, "install_models", made)
    return made


def test_models_are_installed_from_the_window_with_their_progress(
    demo: Stage, tmp_path: Path, installation: SlowInstallation
) -> None:
    view = page(demo, Section.MODELS)
    told: list[str] = []

    def agree(question: Question) -> bool:
        told.append(" ".join(words_of(question)))
        return True

    view.tasks.ask = agree
    demo.until(lambda: "missing" in words(view))
    done(demo, view, Task.INSTALL_MODELS, "Installing face.onnx: 25 %")
    assert "MB are fetched" in told[0]
    done(demo, view, Task.INSTALL_MODELS_FROM, "being installed")
    installation.released.set()
    demo.until(lambda: "1 model installed." in view.notice.text)
    assert "Lock the vault and unlock it" in view.notice.text
    view.tasks.choose_models = lambda _: str(tmp_path / "pack")
    done(demo, view, Task.INSTALL_MODELS_FROM, "1 model installed.")
    assert installation.sources == ["the network", "pack"]


def test_an_installation_outlives_its_page_and_the_next_one_tells_its_end(
    demo: Stage, tmp_path: Path, installation: SlowInstallation
) -> None:
    view = page(demo, Section.MODELS)
    view.tasks.choose_models = lambda _: str(tmp_path / "pack")
    done(demo, view, Task.INSTALL_MODELS_FROM, "Installing face.onnx: 25 %")
    demo.window.lock()
    demo.settle()
    demo.workspace.open(demo.folder, "A. Clerk", PASSPHRASE, lambda fault: pytest.fail(str(fault)))
    demo.until(lambda: bool(demo.window.pages))
    view = page(demo, Section.MODELS)
    done(demo, view, Task.INSTALL_MODELS_FROM, "being installed")
    installation.released.set()
    demo.until(lambda: "1 model installed." in view.notice.text)
    assert installation.sources == ["pack"]


def test_where_every_model_is_there_already_that_is_said(
    demo: Stage, tmp_path: Path, installation: SlowInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_actions, "list_models", lambda _: ())
    view = page(demo, Section.MODELS)
    view.tasks.ask = lambda _: pytest.fail("nothing is to be fetched")
    done(demo, view, Task.INSTALL_MODELS, "Every model is installed already.")
    installation.files = ()
    installation.released.set()
    view = page(demo, Section.MODELS)
    assert not view.notice.text
    view.tasks.choose_models = lambda _: str(tmp_path)
    done(demo, view, Task.INSTALL_MODELS_FROM, "Every model is installed already.")


def test_a_folder_without_models_installs_none_and_says_so(demo: Stage, tmp_path: Path) -> None:
    view = page(demo, Section.MODELS)
    view.tasks.choose_models = lambda _: str(tmp_path)
    done(demo, view, Task.INSTALL_MODELS_FROM, "could not be fetched")


def words_of(question: Question) -> list[str]:
    return [label.text() for label in question.findChildren(QLabel)]
