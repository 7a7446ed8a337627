"""A test of attack detection through its service: what is kept comes back the same, and what is refused is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import VaultError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.templates import Template
from mlid_desktop.station.attack_tests.entries import AdmittedPerson, KeptPresentation, decode_entry, encode_entry
from mlid_desktop.workflow import events
from mlid_desktop.workflow.attack_test.plan import (
    AttackSpecies,
    AttackTestPlan,
    ObservedFrame,
    PlannedPresentation,
    RecordedPresentation,
)
from mlid_desktop.workflow.attack_test.presentation import MOST_FRAMES, PresentationSession
from mlid_desktop.workflow.refusal import refusal_of
from tests.makers import EXTRACTOR, evidence, policy
from tests.moving_faces import AHEAD, seen

FRAMES = st.builds(
    ObservedFrame,
    st.one_of(st.none(), st.floats(0, 1)),
    st.integers(-1, 100),
    st.one_of(st.none(), st.binary(max_size=40).map(lambda payload: Template(FACE, EXTRACTOR, payload))),
)
KEPT = st.builds(
    KeptPresentation,
    st.builds(RecordedPresentation, st.one_of(st.none(), st.sampled_from(list(AttackSpecies))), st.text(max_size=10)),
    st.sampled_from(list(SourceKind)),
    st.text(max_size=20),
    st.lists(FRAMES, max_size=5).map(tuple),
)
PLANNED = PlannedPresentation(AttackSpecies.PHONE, "P1", 1)


@given(st.one_of(KEPT, st.builds(AdmittedPerson, st.text(max_size=10)), st.builds(AttackTestPlan)))
def test_an_entry_comes_back_as_it_was(entry: KeptPresentation | AdmittedPerson | AttackTestPlan) -> None:
    assert decode_entry(encode_entry(entry)) == entry


@given(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=7), inner, max_size=3)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_what_is_no_entry_is_damage_and_nothing_else(untrusted: bytes) -> None:
    with contextlib.suppress(VaultError):
        decode_entry(untrusted)


def test_a_presentation_is_recorded_whole_whatever_its_frames_say() -> None:
    session = PresentationSession.of(PLANNED, policy(), demo=True)
    for liveness in (0.9, 0.01, 0.02, 0.9, 0.9, 0.01):
        session = session.advance(evidence(liveness=liveness))
    assert session.capture.finished
    assert [frame.liveness for frame in session.frames] == [0.9, 0.01, 0.02, 0.9, 0.9, 0.01]
    assert not session.capture.attack_suspected


def test_no_challenge_follows_a_window_of_which_the_passive_check_is_not_sure() -> None:
    session = PresentationSession.of(PLANNED, policy(), demo=True)
    for frame in range(6):
        session = session.advance(seen(AHEAD, 1 + frame * 0.1 + frame * frame * 0.001, liveness=0.6))
    assert session.capture.finished
    assert not session.capture.needs_draw
    assert len(session.frames) == 6
    assert refusal_of(session.capture, session.circumstances) is None


def test_frames_that_cannot_be_judged_are_kept_and_do_not_fill_the_window() -> None:
    session = PresentationSession.of(PLANNED, policy(), demo=True)
    for _ in range(5):
        session = session.advance(evidence(judged=False))
    assert not session.capture.finished
    assert [frame.liveness for frame in session.frames] == [None] * 5
    for _ in range(MOST_FRAMES):
        if not session.capture.finished:
            session = session.advance(evidence(judged=False))
    assert len(session.frames) == MOST_FRAMES
    assert session.advance(events.CaptureEnded()).capture.finished


def test_events_of_other_journeys_are_out_of_order() -> None:
    with pytest.raises(events.OutOfOrderError):
        PresentationSession.of(PLANNED, policy(), demo=True).advance(events.Attested())
