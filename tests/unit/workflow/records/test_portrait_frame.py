"""Which frame becomes the portrait: what policy, consent and evidence have to say, for every combination."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.devices.formats.still_codec import decode_still
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.observations import Observation, Region
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import FrameSample, Image
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, ConsentUse, Details
from mlid_desktop.modalities.face import parameters
from mlid_desktop.station.capture.portrait_crop import MOST_BYTES, cropped_face, portrait_of
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import plan_capture
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.records.portrait_frame import portrait_frame
from mlid_desktop.workflow.take import Take
from tests.makers import ENROLLED, calibrations, evidence, observation, policy

CHOSEN = Consent(ConsentOutcome.ACCEPTED, "3", "en", ENROLLED, uses=tuple(ConsentUse), portrait=True)
KEEPING = policy().model_copy(update={"portraits": "kept"})


def session_with(best: float | None, kind: SourceKind, consent: Consent, *, keeps: bool) -> EnrolmentSession:
    """An enrolment with one kept take of a face whose best frame has this liveness."""
    rules = KEEPING if keeps else policy()
    made = EnrolmentSession("a" * 32, rules, calibrations(), Circumstances("enrolment", demo=True, attested=True))
    made = made.advance(events.ConsentAnswered(consent)).advance(events.DetailsEntered(Details("1", "Ada")))
    shown = evidence(kind=kind, liveness=best)
    finding = plan_capture(FACE, rules, calibrations(), "enrolment")
    take = Take(shown, CaptureState(finding).unusable_finding, 6)
    return replace(made, kept={FACE: CaptureState(finding, (take,), ended=True)})


@settings(max_examples=60)
@given(
    keeps=st.booleans(),
    chosen=st.booleans(),
    covers=st.booleans(),
    best=st.sampled_from((None, 0.1, 0.49, 0.5, 0.9)),
    kind=st.sampled_from((SourceKind.LIVE, SourceKind.RECORDED, SourceKind.SIMULATED)),
)
def test_a_portrait_is_kept_where_policy_consent_and_evidence_say_so_and_nowhere_else(
    keeps: bool, chosen: bool, covers: bool, best: float | None, kind: SourceKind
) -> None:
    consent = replace(CHOSEN, portrait=chosen, uses=CHOSEN.uses if covers else ())
    frame = portrait_frame(session_with(best, kind, consent, keeps=keeps))
    passed = kind is SourceKind.SIMULATED or (best is not None and best >= 0.5)
    assert (frame is not None) == (keeps and chosen and covers and passed)


def test_no_portrait_without_a_face_and_of_nobody_who_declined() -> None:
    session = session_with(0.9, SourceKind.LIVE, CHOSEN, keeps=True)
    assert portrait_frame(session) is not None
    assert portrait_frame(replace(session, kept={})) is None
    declined = replace(CHOSEN, outcome=ConsentOutcome.DECLINED)
    assert portrait_frame(replace(session, consent=declined)) is None
    assert portrait_frame(replace(session, consent=None)) is None


def face_with_eyes_at(eyes: tuple[tuple[float, float], ...], frame: Image) -> Observation:
    """What a pipeline finds in a frame whose person has the eyes there."""
    seen = observation(kind=SourceKind.LIVE)
    assert isinstance(seen.sample, FrameSample)
    sample = replace(seen.sample, image=frame)
    return replace(seen, sample=sample, regions=(Region((0, 0, 1, 1), (*eyes, (1.0, 1.0))),))


@settings(max_examples=12)
@given(turned=st.floats(-0.4, 0.4), apart=st.floats(20, 160), across=st.floats(200, 440), down=st.floats(200, 280))
def test_the_eyes_lie_where_the_standard_asks(turned: float, apart: float, across: float, down: float) -> None:
    half = apart / 2 * np.array([np.cos(turned), np.sin(turned)])
    eyes = tuple((float(x), float(y)) for x, y in (np.array([across, down]) - half, np.array([across, down]) + half))
    frame = np.zeros((480, 640, 3), np.uint8)
    rows, columns = np.mgrid[:480, :640]
    for x, y in eyes:
        frame[np.hypot(columns - x, rows - y) < max(3.0, apart / 10)] = 255
    picture = cropped_face(face_with_eyes_at(eyes, frame))
    assert picture is not None
    assert picture.shape == (*reversed(parameters.PORTRAIT_SIZE), 3)
    found = np.argwhere(picture.min(axis=2) > 250)
    for side, expected in ((found[found[:, 1] < 150], 112.5), (found[found[:, 1] >= 150], 187.5)):
        middle = side.mean(axis=0)
        assert np.hypot(middle[0] - 180, middle[1] - expected) < 5


def test_what_is_kept_is_small_and_of_the_time_of_the_enrolment() -> None:
    frame = np.random.default_rng(5).integers(90, 120, (480, 640, 3), dtype=np.uint8)
    shown = face_with_eyes_at(((290.0, 240.0), (350.0, 240.0)), frame)
    session = session_with(0.9, SourceKind.LIVE, CHOSEN, keeps=True)
    take = session.kept[FACE].takes[0]
    capture = replace(session.kept[FACE], takes=(replace(take, best=replace(take.best, observation=shown)),))
    kept = portrait_of(replace(session, kept={FACE: capture}), ENROLLED)
    assert kept is not None
    assert len(kept.picture) <= MOST_BYTES
    assert decode_still(kept.picture, colour=True).shape == (400, 300, 3)
    assert (kept.taken_at, kept.source) == (ENROLLED, "live")
    assert portrait_of(session, ENROLLED) is None  # no eyes were found in it


def test_without_eyes_there_is_no_crop() -> None:
    assert cropped_face(observation()) is None
    shown = observation(box=(0.0, 0.0, 4.0, 4.0))
    assert cropped_face(replace(shown, regions=(Region((0, 0, 4, 4), ((2.0, 2.0), (2.0, 2.0))),))) is None
