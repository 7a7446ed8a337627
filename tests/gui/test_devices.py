"""Devices: each is tried out as soon as it is chosen, and let go again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.device_setup.trial_presenter import RUNNING, TrialPhase
from mlid_desktop.gui.page.navigation import BELONGS_TO, IN_THE_BAR, PAGES, PageName
from mlid_desktop.gui.state.source_choices import choices_for
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.window.top_bar import TopBar
from mlid_desktop.station.configuration.desk_sources import DeskSources
from mlid_desktop.station.configuration.preferences import read_preferences
from tests.gui.stage import PASSPHRASE, Stage
from tests.gui.steps import words


def devices(stage: Stage) -> DevicesPage:
    stage.window.go(PageName.DEVICES)
    view = stage.view(PageName.DEVICES)
    assert isinstance(view, DevicesPage)
    return view


@pytest.mark.parametrize(
    ("modality", "names"),
    [
        (Modality.FACE, ["Picture size", "Pictures a second", "Light", "Sharpness"]),
        (Modality.FINGERPRINT, ["Resolution", "Reading area", "Print"]),
        (Modality.VOICE, ["Sampling rate", "Level", "Quiet of the room"]),
    ],
)
def test_a_chosen_device_is_tried_out(demo: Stage, modality: Modality, names: list[str]) -> None:
    view = devices(demo)
    view._look_at(choices_for(demo.workspace.unlocked.choices, modality)[0])
    demo.until(lambda: [row.name for row in view.trial.findings.rows] == names)
    demo.until(lambda: all(row.tone is not Tone.INCONCLUSIVE for row in view.trial.findings.rows))
    assert view.trial.findings.accessibleName().startswith(names[0])
    assert view.trial.meter.isVisible() is (modality is Modality.VOICE)
    demo.until(lambda: view.trial.phase is TrialPhase.TESTED)
    assert view.trial.said.text.endswith("works.")
    assert view.footer is not None
    if modality is Modality.FACE:
        demo.until(view.footer.primary.isEnabled)
        assert view.footer.primary.text() == "Next: test the finger reader"
        view.footer.primary.click()
        assert view.tabs.button(Modality.FINGERPRINT).isChecked()
    demo.window.go(PageName.HOME)
    assert view.trial.findings.rows == ()


def test_the_sounds_are_turned_on_and_off_for_good(demo: Stage) -> None:
    view = devices(demo)
    state = demo.workspace.station.settings.state
    for on in (True, False):
        view.sounds.click()
        assert (demo.workspace.station.chimes.on, read_preferences(state).sounds) == (on, on)


def test_a_picture_is_chosen_in_a_dialog_captioned_and_there_after_a_kill(qapp: QApplication, tmp_path: Path) -> None:
    Image.new("RGB", (320, 240), "grey").save(tmp_path / "picture.png")
    address = f"image:{tmp_path / 'picture.png'}"
    first = Stage(qapp, tmp_path, models=tmp_path / "none")
    first.create_vault()
    view = devices(first)
    view.choose_file = lambda *_: str(tmp_path / "picture.png")
    view.fields[Modality.FACE].choose.click()
    first.until(lambda: "this was the last picture" in view.trial.caption.text())
    view.go_on()
    first.window.go(PageName.HOME)
    assert not view.trial.preview.has_picture
    first.lose_power()
    again = Stage(qapp, tmp_path, models=tmp_path / "none")
    try:
        again.workspace.open(again.folder, "A. Clerk", PASSPHRASE, again._refused)
        again.until(lambda: bool(again.window.pages))
        used = again.workspace.source(Modality.FACE)
        assert used is not None
        assert used.address == address
        view = devices(again)
        view._look_at(used)
        view.forget.click()
        assert address not in {choice.address for choice in again.workspace.unlocked.choices}
        assert not DeskSources(again.station.settings.state).added()
    finally:
        again.close()


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("file:/clips/clip.mp4", True),
        ("rtsp://camera/stream", True),
        ("rtsp://name:secret@camera/stream", False),
        ("http://camera/picture?key=secret", False),
        ("file:" + 600 * "x", False),
    ],
)
def test_an_address_that_may_hold_a_secret_is_not_kept(tmp_path: Path, address: str, kept: bool) -> None:
    sources = DeskSources(tmp_path)
    sources.add(address, Modality.FACE)
    sources.use(Modality.FACE, address)
    assert (address in sources.added()) is kept
    assert (Modality.FACE in sources.in_use()) is kept


def test_the_bar_marks_the_page_that_is_shown_or_the_one_it_belongs_to_and_no_other(demo: Stage) -> None:
    demo.window.resize(960, 540)
    for page_name in PageName:
        demo.window.go(page_name)
        marked = {
            button.text()
            for button in demo.window.findChildren(Button)
            if button.property("kind") == "nav"
            and button.isCheckable()
            and button.isChecked()
            and isinstance(button.parent(), TopBar)
        }
        belongs = BELONGS_TO.get(page_name, page_name)
        name = demo.workspace.language.text(PAGES[belongs].name)
        by_icon = belongs in (PageName.DEVICES, PageName.ADMINISTRATION)  # where the window is narrow
        seen = {name, ""} if by_icon else {name}
        assert len(marked) == 1, page_name
        assert marked <= seen, page_name
    assert set(BELONGS_TO) | set(IN_THE_BAR) == set(PageName)


def test_what_is_typed_before_there_is_a_field_is_not_lost(qapp: QApplication, tmp_path: Path) -> None:
    stage = Stage(qapp, tmp_path, models=tmp_path / "none")
    try:
        controller, stage.window._attached = stage.window._attached, None
        QTest.keyClicks(stage.window, "Ann")
        stage.window._attached = controller
        stage.window.ask_for_vault(creating=True)
        page = stage.window.current
        assert isinstance(page, UnlockPage)
        assert page.name.text() == "Ann"
    finally:
        stage.close()


def test_the_page_of_a_device_tells_one_stage_at_a_time(demo: Stage) -> None:
    view = devices(demo)
    told: list[tuple[TrialPhase, str, str, str, bool]] = []

    def note() -> None:
        standing = " ".join(row.accessibleName() for row in view._rows() if row.choice == view._chosen)
        assert view.footer is not None
        primary = view.footer.primary
        stands_out = primary.property("kind") == "primary" and primary.isEnabled()
        told.append((view.trial.phase, view.trial.said.text, standing, view.use.text(), stands_out))

    view.trial.changed.connect(note)
    view._look_at(choices_for(demo.workspace.unlocked.choices, Modality.FACE)[0])
    demo.until(lambda: view.trial.phase is TrialPhase.TESTED)
    stages = [stage for stage, *_ in told]
    assert TrialPhase.OPENING in stages
    assert TrialPhase.TESTING in stages
    for stage, said, standing, act, stands_out in told:
        assert ("Testing" in said) is (stage is TrialPhase.TESTING), told
        if stage in RUNNING:
            assert "not tested" not in standing, told
            assert act == "Stop the test", told
            assert not stands_out, told


def test_a_test_is_stopped_and_begun_again(demo: Stage) -> None:
    view = devices(demo)
    view._look_at(choices_for(demo.workspace.unlocked.choices, Modality.VOICE)[0])
    assert view.use.isVisible()
    assert view.use.text() == "Stop the test"
    view.use.click()
    assert view.trial.phase is TrialPhase.STOPPED
    assert view.use.text() == "Test this device"
    assert not view.trial.meter.isVisible()
    view.use.click()
    demo.until(lambda: view.trial.phase is TrialPhase.TESTED)


def test_a_click_on_a_device_tests_it_and_the_button_alone_puts_it_to_use(demo: Stage) -> None:
    view = devices(demo)
    clicks = "A click tests a device. “Use this device” puts it to use here."
    demo.until(lambda: clicks in words(view))
    used = demo.workspace.source(Modality.FACE)
    other = next(each for each in choices_for(demo.workspace.unlocked.choices, Modality.FACE) if each != used)
    assert view.footer is not None
    next(row for row in view._rows() if row.choice == other).click()
    assert demo.workspace.source(Modality.FACE) == used
    assert (view.footer.primary.text(), view.footer.primary.isEnabled()) == ("Use this device", True)
    view.footer.primary.click()
    assert demo.workspace.source(Modality.FACE) == other
    assert not view.footer.primary.isEnabled()
    assert view.footer.primary.accessibleDescription() == "This device is in use already."
