"""Prints shown at the real window: each is counted and audited, whatever is pressed then, and nothing passes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import ReleaseReason
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.subjects import ShownInstead, SubjectSummary
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.state.source_choices import SourceChoice
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.release_question import Release
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.station.assemble import SystemClock
from tests.gui.stage import HAND_MS, PASSPHRASE, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import saved, to_voice, verdict, without_voice
from tests.makers import CAMERA, calibrations
from tests.shown_frames import DOUBTFUL, PERSON, PRINT, ChosenPipelines, Shown
from tests.unit.vault.conftest import enrolment, reopened


class Held:
    """Something held before a camera, until it is taken away."""

    def __init__(self, frames: tuple[Shown, ...], fault: DeviceError | None) -> None:
        self.identity, self.kind = DeviceIdentity("dir", CAMERA.key, CAMERA.name), SourceKind.RECORDED
        self._frames, self._fault, self._open = frames, fault, True
        self.seen = 0

    def samples(self) -> Iterator[Any]:
        """Frame after frame, then nothing more."""
        for frame in self._frames:
            yield frame
            self.seen += 1
        if self._fault is not None:
            raise self._fault
        while self._open:
            time.sleep(0.005)

    def close(self) -> None:
        """Taken away."""
        self._open = False


class Attacker:
    """Chooses what is held before the next camera that is opened."""

    def __init__(self, stage: Stage, patch: pytest.MonkeyPatch) -> None:
        self.stage = stage
        self.frames: tuple[Shown, ...] = (PRINT,)
        self.fault: DeviceError | None = None
        self.held: list[Held] = []
        patch.setattr(stage.station, "open_source", self._open)

    def unlocked(self, people: int) -> list[SubjectSummary]:
        """People are enrolled, and a camera is chosen."""
        workspace = self.stage.workspace
        made = [enrolment(str(1001 + number), f"Person {number}") for number in range(people)]
        workspace.vault_worker.submit(self.stage.vault.save_all, made).result()
        recognition = workspace.unlocked.session.recognition
        recognition.pipelines = ChosenPipelines(lambda: None)  # type: ignore[assignment] # double
        recognition._calibrations = calibrations()  # of what the double makes, whoever is in the gallery by now
        workspace.engine_faults = dict.fromkeys(Modality)
        camera = SourceChoice(
            "dir:camera", "Camera", Modality.FACE, SourceKind.LIVE, CAMERA, "", Tone.NEUTRAL, registered=True
        )
        workspace._unlocked = replace(workspace.unlocked, choices=(camera, *workspace.unlocked.choices))
        workspace.choose_source(camera)
        workspace.refresh_people()
        self.stage.until(lambda: len(workspace.unlocked.people) == people)
        return list(workspace.unlocked.people)

    def shows(self, *frames: Shown, fault: DeviceError | None = None) -> None:
        """From now on."""
        self.frames, self.fault, self.held = frames, fault, []

    def until_seen(self) -> None:
        """Every frame was taken in."""
        self.stage.until(lambda: bool(self.held) and self.held[0].seen == len(self.frames))
        self.stage.wait(150)

    def noted(self) -> tuple[int, int]:
        """Suspicions counted, and audited."""
        vault, worker = self.stage.vault, self.stage.workspace.vault_worker
        entries = worker.submit(vault.audit.entries).result()
        audited = sum(entry.event == "suspicion.noted" for entry in entries)
        return len(worker.submit(vault.suspicions.recent).result()), audited

    def _open(self, *_: object) -> Held:
        self.held.append(Held(self.frames, self.fault))
        return self.held[-1]


@pytest.fixture
def attacker(demo: Stage, monkeypatch: pytest.MonkeyPatch) -> Attacker:
    return Attacker(demo, monkeypatch)


def begin(stage: Stage, person: SubjectSummary) -> VerifyView:
    stage.window.go(PageName.VERIFY)
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    view._find()
    view._begin(person, (FACE,))
    stage.until(lambda: view._begun is not None or view.decision.isVisible())
    return view


def shown(view: IdentifyView) -> list[str]:
    return [label.text() for label in view.findChildren(QLabel) if label.isVisible()]


def back(stage: Stage, view: VerifyView) -> None:
    view.checks[Modality.FACE].go_back()


def another_camera(stage: Stage, view: VerifyView) -> None:
    view.checks[Modality.FACE].panel.restart_asked.emit()


def home(stage: Stage, view: VerifyView) -> None:
    stage.window.go(PageName.HOME)


def stop(stage: Stage, view: VerifyView) -> None:
    view.checks[Modality.FACE].panel.finish()


WAYS_OUT: tuple[Callable[[Stage, VerifyView], None], ...] = (back, another_camera, home, stop)


def test_twelve_prints_shown_at_the_window_are_counted_twelve_times_and_audited_twelve_times(
    demo: Stage, attacker: Attacker
) -> None:
    """Four people, three prints each: one is seen as such, one is doubtful and the operator leaves, one with a device
    that fails."""
    people = attacker.unlocked(4)
    for number, person in enumerate(people):
        attacker.shows(PRINT, *(PERSON,) * 12)
        view = begin(demo, person)
        demo.until(view.decision.isVisible)
        assert verdict(view) == "Rejected"
        assert attacker.noted() == (3 * number + 1, 3 * number + 1)
        attacker.shows(*(DOUBTFUL,) * 4)
        view = begin(demo, person)
        demo.until(lambda view=view: view._begun is not None)  # type: ignore[misc] # the view of this turn
        attacker.until_seen()
        WAYS_OUT[number](demo, view)
        demo.until(lambda number=number: attacker.noted()[0] == 3 * number + 2)  # type: ignore[misc] # as above
        if WAYS_OUT[number] is not home:
            demo.until(view.decision.isVisible)
        demo.settle()
        attacker.shows(DOUBTFUL, DOUBTFUL, fault=DeviceError(Code.DEVICE_LOST))
        view = begin(demo, person)
        demo.until(view.decision.isVisible)
        assert verdict(view) == "Rejected"
    assert attacker.noted() == (12, 12)
    verification = demo.workspace.unlocked.session.verification
    for person in people:
        state = demo.workspace.vault_worker.submit(verification.attempts, person).result()
        assert (state.failed_in_a_row, state.suspicions, state.may_release) == (3, 3, True)


def test_after_a_print_live_frames_of_the_same_attempt_are_never_accepted(demo: Stage, attacker: Attacker) -> None:
    (person,) = attacker.unlocked(1)
    attacker.shows(*(DOUBTFUL,) * 4)
    view = begin(demo, person)
    demo.until(lambda: view._begun is not None)
    attacker.until_seen()
    attacker.shows(*(PERSON,) * 12)
    another_camera(demo, view)
    demo.until(view.decision.isVisible)
    assert verdict(view) == "Rejected"
    assert not view.checks[Modality.FACE].attest.isVisible()
    assert attacker.noted() == (1, 1)


def test_two_people_let_a_person_try_anew_from_the_decision_and_nobody_is_accepted_by_it(
    demo: Stage, attacker: Attacker, monkeypatch: pytest.MonkeyPatch
) -> None:
    (person,) = attacker.unlocked(1)
    view = demo.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    for _ in range(3):
        attacker.shows(PRINT)
        view = begin(demo, person)
        demo.until(view.decision.isVisible)
        demo.window.go(PageName.HOME)
    home_page = demo.view(PageName.HOME)
    demo.until(lambda: "try again" in " ".join(row.action for row in home_page._shown.waiting))  # type: ignore[attr-defined] # the home page
    said = Release(ReleaseReason.POOR_LIGHT, ShownInstead.IDENTITY_DOCUMENT, SECOND, SECOND_PASSPHRASE)
    demo.window.go(PageName.VERIFY)
    view.ask_release = lambda _: said
    view.release(person.subject_id)
    demo.until(view.finder.isVisible)
    verification = demo.workspace.unlocked.session.verification
    demo.settle()
    state = demo.workspace.vault_worker.submit(verification.attempts, person).result()
    assert (state.suspicions, state.may_release) == (0, False)
    assert attacker.noted() == (3, 3)


def test_a_print_ends_an_enrolment_and_its_draft_and_the_next_attempt_keeps_the_words(
    demo: Stage, attacker: Attacker
) -> None:
    attacker.unlocked(1)
    attacker.shows(*(PERSON,) * 12)
    demo.window.go(PageName.ENROL)
    view = demo.view(PageName.ENROL)
    assert isinstance(view, EnrolView)
    demo.read()
    demo.press(Qt.Key.Key_Return)
    demo.type(view.details.number, "2001")
    demo.type(view.details.name, "Maria Okoye")
    demo.wait(HAND_MS)
    demo.press(Qt.Key.Key_Return)
    demo.until(lambda: view.face.isVisible() and demo.primary().isEnabled())
    demo.go_on()
    demo.until(lambda: FACE in view.session.kept)
    demo.settle()
    assert demo.workspace.vault_worker.submit(demo.vault.drafts.all).result()
    attacker.shows(PRINT)
    view.to_previous()
    view.face._start()
    demo.until(view.ended.isVisible)
    assert attacker.noted() == (1, 1)
    assert not demo.workspace.vault_worker.submit(demo.vault.drafts.all).result()
    assert view.ended.again.isVisible()
    attacker.shows(*(PERSON,) * 12)
    view.ended.again.click()
    demo.until(view.face.isVisible)
    assert view.session.details is not None
    assert (view.session.details.number, view.session.kept) == ("2001", {})


def test_forty_suspicions_in_searches_are_counted_and_delay_the_next_search_without_locking_it(
    demo: Stage, attacker: Attacker, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacker.unlocked(1)
    identification = demo.workspace.unlocked.session.identification
    waits: list[float] = []
    usual = identification.wait

    def wait(device: DeviceIdentity) -> float:
        waits.append(usual(device))
        return 0.0

    monkeypatch.setattr(identification, "wait", wait)
    attacker.shows(PRINT)
    demo.window.go(PageName.IDENTIFY)
    view = demo.view(PageName.IDENTIFY)
    assert isinstance(view, IdentifyView)
    for number in range(40):
        demo.until(lambda number=number: attacker.noted()[0] == number + 1)  # type: ignore[misc] # of this turn
        demo.until(lambda: not view.face.panel.running)
        if number < 39:
            view.face.restart()
    assert attacker.noted() == (40, 40)
    assert waits[4] == 0.0
    assert all(0 < wait <= 30 for wait in waits[5:])


def test_a_search_that_comes_upon_a_copy_shows_nobody_and_is_counted_once(
    demo: Stage, attacker: Attacker, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacker.unlocked(1)
    recognition = demo.workspace.unlocked.session.recognition
    monkeypatch.setattr(recognition, "_is_copy", lambda *_: True)
    attacker.shows(*(PERSON,) * 12)
    demo.window.go(PageName.IDENTIFY)
    view = demo.view(PageName.IDENTIFY)
    assert isinstance(view, IdentifyView)
    demo.until(lambda: attacker.noted() == (1, 1))
    demo.settle()
    demo.until(lambda: any("may be a picture, a screen or a mask" in text for text in shown(view)))
    assert "no sign of a picture, screen or mask" not in shown(view)
    assert not view.candidates.isVisible()
    assert view.face.footer is not None
    assert not view.face.footer.primary.isEnabled()


def test_an_enrolment_by_a_copy_of_anothers_finger_ends_counted_once_and_names_nobody(
    demo: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(demo)
    monkeypatch.setattr(demo.workspace.unlocked.session.recognition, "_is_copy", lambda *_: True)
    view = to_voice(demo, "1002", "Mary Low")
    without_voice(view)
    demo.until(view.ended.isVisible)
    assert view.ended.again.isVisible()
    assert not any("Okoye" in label.text() for label in view.findChildren(QLabel) if label.isVisible())
    noted = demo.workspace.vault_worker.submit(demo.vault.suspicions.recent).result()
    assert len(noted) == 1
    assert [person.number for person in demo.workspace.unlocked.people] == ["1001"]
    assert not demo.workspace.vault_worker.submit(demo.vault.drafts.all).result()


@pytest.mark.parametrize("ending", ["lock", "close"])
def test_locking_or_closing_the_window_loses_no_suspicion(demo: Stage, attacker: Attacker, ending: str) -> None:
    (person,) = attacker.unlocked(1)
    attacker.shows(*(DOUBTFUL,) * 4)
    view = begin(demo, person)
    demo.until(lambda: view._begun is not None)
    attacker.until_seen()
    folder = demo.folder
    if ending == "lock":
        demo.window.lock()
        demo.settle()
    else:
        demo.window.close()

    demo.workspace.vault_worker.stop()
    vault = reopened(folder, SystemClock(), "A. Clerk", PASSPHRASE)  # type: ignore[arg-type] # any clock
    assert len(vault.suspicions.recent()) == 1
    assert vault.attempts(person.subject_id).failed_in_a_row == 1
    vault.lock()
