"""The desk at a person's pace: a pause before every key, people who are drawn, and what each of them takes."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt

from mlid_desktop.domain.characteristics import VOICE, Modality
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.state.workspace import VOICE_BEGINS_S
from mlid_desktop.gui.widgets.consent_reading import ConsentReading
from mlid_desktop.workflow.enrolment_navigation import fingers_done
from mlid_desktop.workflow.enrolment_steps import FINGERS_ASKED
from tests.bench.bench_desk import running_application
from tests.bench.report import Report
from tests.gui import journeys
from tests.gui.stage import ROOT, Stage
from tests.gui.steps import enrol_view, look_up, person, to_face, use_source, verdict

MOST_PAGES = 9  # of a consent text on the screen
PAUSE_MS, PLACING_MS = 1500, 2000  # between keys, and for each finger
SURE, ANOTHER, UNSURE = 6, 4, 1  # people of whom the passive check is sure (0.90 and 0.84), and one of whom not (0.60)
REFUSALS = 3
NUMBER, NAME = "1001", "Maria Okoye"


@contextmanager
def desk(report: Report) -> Iterator[Stage | None]:
    """A desk of its own in a demo vault under the policy "standard", whose models are ready; None where they are not
    installed."""
    models = Path(os.environ.get("MLID_MODELS") or ROOT / "models")
    if not (models / "face_detection_yunet_2023mar.onnx").exists():
        report.note("the model pack is not installed")
        yield None
        return
    report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    begun, spent = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(running_application(), Path(folder), models=models)
        try:
            stage.create_vault()
            stage.workspace.voice_begins_s = VOICE_BEGINS_S
            person(stage, 1)
            yield stage
        finally:
            stage.close()
            whole, worked = time.monotonic() - begun, time.process_time() - spent
            report.note(f"in all {whole:.0f} s, {worked:.0f} s of them the program's own on one processor or more")


class Operator:
    """Somebody at the keyboard: a pause before every key, and a count of them; what is typed into fields is no key."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.keys = stage, 0

    def press(self, key: Qt.Key) -> None:
        """A key, after the pause in which a person looks and decides."""
        self.stage.wait(PAUSE_MS)
        self.keys += 1
        self.stage.press(key)


def stands_there(stage: Stage, seed: int) -> None:
    """From now on this person is before the camera."""
    use_source(stage, f"simulated:face?seed={seed}", Modality.FACE)


def enrolled_by_face(stage: Stage, seed: int, number: str = NUMBER, name: str = NAME) -> None:
    """Enrols a person by the face alone, as fast as the desk goes."""
    stands_there(stage, seed)
    view = to_face(stage, number, name)
    stage.until(lambda: view.face.footer is not None and view.face.footer.primary.isEnabled())
    stage.go_on()
    stage.until(view.fingers.isVisible)
    view.fingers._pass_by(ExceptionReason.DECLINED)
    journeys.to_the_end(stage, view)


def enrolled_at_pace(report: Report, stage: Stage, what: str, *, asked: bool) -> None:
    """Enrols whoever is before the devices by face, two fingers and the voice, and says what each step took;
    ``asked``: the figures have bounds."""
    operator, laps = Operator(stage), list[tuple[str, float]]()
    begun = time.monotonic()
    for step in enrolment_steps(stage, operator):
        laps.append((step, time.monotonic()))
    report.figure(what, laps[-1][1] - begun, "s", at_most=60.0 if asked else None)
    report.figure(f"{what}: keys", operator.keys, "", at_most=15)
    for (step, ended), before in zip(laps, [begun, *(ended for _, ended in laps)], strict=False):
        bound = 20.0 if asked and step == "voice" else None
        report.figure(f"{what}: {step}", ended - before, "s", at_most=bound)
    stage.until(lambda: bool(stage.workspace.unlocked.people))


def enrolment_steps(stage: Stage, operator: Operator) -> Iterator[str]:
    """Enrols by keys alone, and names each step as it ends."""
    operator.press(Qt.Key.Key_F2)
    view = enrol_view(stage)
    (reading,) = view.findChildren(ConsentReading)
    stage.until(reading.isVisible)
    for _ in range(MOST_PAGES):
        if reading.why_not:
            operator.press(Qt.Key.Key_PageDown)
    operator.press(Qt.Key.Key_Space)  # all that is asked: the end of the text leads there
    stage.until(stage.primary().isEnabled)
    operator.press(Qt.Key.Key_Return)
    stage.type(view.details.number, NUMBER)
    stage.type(view.details.name, NAME)
    operator.press(Qt.Key.Key_Return)
    stage.until(view.face.isVisible)
    yield "consent and details"
    stage.until(lambda: view.face.footer is not None and view.face.footer.primary.isEnabled())
    operator.press(Qt.Key.Key_Return)
    stage.until(view.fingers.isVisible)
    yield "face"
    stage.wait(PLACING_MS)
    operator.press(Qt.Key.Key_Return)
    stage.until(lambda: fingers_done(view.session)[0] == len(FINGERS_ASKED))
    stage.wait(PLACING_MS)
    operator.press(Qt.Key.Key_Return)
    stage.until(view.voice.isVisible)
    yield "two fingers"
    stage.until(lambda: VOICE in view.session.kept)
    yield "voice"
    operator.press(Qt.Key.Key_Return)
    stage.until(view.review.isVisible)
    operator.press(Qt.Key.Key_Return)
    stage.until(view.ended.isVisible)
    yield "duplicates, review, saved"


def checked(stage: Stage, number: str = NUMBER) -> tuple[float, str]:
    """Checks the person of a number by whoever is before the camera: seconds from the number to the verdict, the pause
    before the key among them, and the verdict."""
    view = look_up(stage, number)
    begun = time.monotonic()
    Operator(stage).press(Qt.Key.Key_Return)
    stage.until(view.decision.isVisible)
    return time.monotonic() - begun, verdict(view)
