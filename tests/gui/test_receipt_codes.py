"""A receipt that is held to the camera finds its record; another code, or none, finds nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from PySide6.QtCore import Qt, QTimer

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.samples import Image
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records import receipt_scan
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.station.documents.receipt import CODE_PREFIX
from mlid_desktop.station.documents.receipt_scan import SeenCode, find_receipt_code
from tests.gui.stage import Stage
from tests.gui.steps import use_source

FRAME = (720, 1280)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine that needs long to open the camera does not give up by itself."""
    monkeypatch.setattr(receipt_scan, "PATIENCE_MS", 600_000)


def held_up(characters: str, degrees: float = 12.0) -> Image:
    """A sheet with a code, a little turned and blurred, as a camera sees it; (720, 1280, 3) BGR."""
    modules = np.array([list(line) for line in segno.make(characters, error="m", micro=False).matrix], np.uint8)
    code = cv2.resize(
        np.pad(1 - modules, 4, constant_values=1) * 255, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST
    )
    picture = np.full(FRAME, 110, np.uint8)
    top, left = (FRAME[0] - code.shape[0]) // 2, (FRAME[1] - code.shape[1]) // 2
    picture[top : top + code.shape[0], left : left + code.shape[1]] = code
    turn = cv2.getRotationMatrix2D((FRAME[1] / 2, FRAME[0] / 2), degrees, 1.0)
    turned = cv2.warpAffine(picture, turn, FRAME[::-1], borderValue=(110,))
    return np.asarray(cv2.cvtColor(cv2.GaussianBlur(turned, (0, 0), 1.0), cv2.COLOR_GRAY2BGR), np.uint8)


def before_the_camera(stage: Stage, folder: Path, characters: str) -> None:
    """The camera sees a sheet with this code, held one way after another: of fifty codes that are drawn by chance one
    cannot be read at a given turn."""
    sheets = folder / "sheets"
    sheets.mkdir()
    for number, degrees in enumerate((12.0, 0.0, 90.0, 4.0, 181.0, 8.0)):
        assert cv2.imwrite(str(sheets / f"{number}.png"), held_up(characters, degrees))
    use_source(stage, f"dir:{sheets}", Modality.FACE)


def with_dialog(stage: Stage, act: Callable[[ReceiptCodeDialog], None]) -> None:
    """Opens it by its button's own key, and acts while it is there; where that fails it is closed, so that the test
    ends."""
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)

    def shown() -> None:
        dialog = view.findChildren(ReceiptCodeDialog)[-1]
        try:
            act(dialog)
        except BaseException:
            dialog.reject()
            raise

    QTimer.singleShot(0, shown)
    view.finder.finder.read_receipt()


def token_of(stage: Stage) -> str:
    person = stage.workspace.unlocked.people[0]
    vault = stage.vault
    token = stage.workspace.vault_worker.submit(lambda: vault.subject_rights.give_token(person.subject_id)).result()
    stage.workspace.refresh_people()
    stage.until(lambda: stage.workspace.unlocked.people_index.has_code(CODE_PREFIX + token))
    return token


@pytest.mark.parametrize("degrees", [0.0, 12.0, 90.0, 181.0])
def test_a_code_is_read_however_the_sheet_is_held(degrees: float) -> None:
    code = CODE_PREFIX + "0123456789abcdef" * 2
    assert find_receipt_code(held_up(code, degrees)) == SeenCode(code)


@pytest.mark.parametrize("says", ["https://example.org", CODE_PREFIX + "12", CODE_PREFIX + "g" * 32, "x" * 400])
def test_a_code_of_something_else_is_foreign_and_its_text_is_dropped(says: str) -> None:
    assert find_receipt_code(held_up(says)) in (
        SeenCode(foreign=True),
        SeenCode(),
    )  # a full one may be too fine to be read
    assert "example" not in repr(find_receipt_code(held_up(says)))


@pytest.mark.parametrize("shape", [(1, 1), (40, 40, 3), (3000, 4000), (720, 1280, 3)])
def test_noise_holds_no_code(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(3).integers(0, 256, shape).astype(np.uint8)
    assert find_receipt_code(noise) == SeenCode()


def test_a_receipt_before_the_camera_goes_on_with_its_person(known: Stage, tmp_path: Path) -> None:
    before_the_camera(known, tmp_path, CODE_PREFIX + token_of(known))
    known.window.go(PageName.VERIFY)
    view = known.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    with_dialog(known, lambda _: None)
    assert view.finder.isHidden() or view.finder.finder.selected
    known.until(lambda: not view.finder.isVisible())  # the capture has begun
    known.window.go(PageName.HOME)


def test_a_code_that_was_replaced_finds_nobody_and_esc_leaves(known: Stage, tmp_path: Path) -> None:
    old = token_of(known)
    token_of(known)
    before_the_camera(known, tmp_path, CODE_PREFIX + old)
    known.window.go(PageName.VERIFY)
    seen: list[str] = []

    def read_and_leave(dialog: ReceiptCodeDialog) -> None:
        known.until(lambda: dialog.hint.prompt == "This code finds nobody here")
        seen.append(dialog.hint.prompt)
        known.press(Qt.Key.Key_Escape, dialog)

    with_dialog(known, read_and_leave)
    view = known.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    assert seen
    assert view.finder.isVisible()
    assert view.finder.finder.field.text() == ""
