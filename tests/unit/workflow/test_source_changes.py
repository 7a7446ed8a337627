"""A take shows one opening of one device: whatever takes its place is told, counted, and begins the take again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan
from tests.makers import CAMERA, evidence

RULES = AttackRules(window=6, threshold=0.5, frame_floor=0.15)
PLAN = CapturePlan(FACE, takes=2, frames=6, attack=RULES, continuity_threshold=0.5)
REPLUGGED: dict[str, Any] = {"opening": 1}
OTHER_SERIAL: dict[str, Any] = {"device": DeviceIdentity("camera", "046d:0825:9999@1-4:1.0", CAMERA.name)}
OTHER_SIZE: dict[str, Any] = {"side": 16}
OTHER_KIND: dict[str, Any] = {"kind": SourceKind.VIRTUAL}


def gathered(count: int, **fields: Any) -> CaptureState:
    state = CaptureState(PLAN)
    for _ in range(count):
        state = state.advance(evidence(**fields))
    return state


@pytest.mark.parametrize("change", [REPLUGGED, OTHER_SERIAL, OTHER_SIZE, OTHER_KIND])
def test_a_change_within_a_take_begins_it_again_with_its_reason(change: dict[str, Any]) -> None:
    state = gathered(5).advance(evidence(**change))
    assert (state.takes, len(state.gathering)) == ((), 1)
    assert (state.broken_by, state.source_changes) == (Reason.SOURCE_CHANGED, 1)
    assert state.end().obstacle is Reason.SOURCE_CHANGED or state.end().takes


def test_a_change_between_takes_is_counted_and_needs_no_reason() -> None:
    state = gathered(6).advance(evidence(**REPLUGGED))
    assert (len(state.takes), state.source_changes, state.broken_by) == (1, 1, None)


def test_a_frame_that_is_not_usable_tells_of_a_change_too() -> None:
    state = gathered(5).advance(evidence(passed=False, **REPLUGGED)).advance(evidence())
    assert state.source_changes == 2
    assert state.broken_by is Reason.SOURCE_CHANGED


def test_a_change_after_an_attack_like_stretch_hides_nothing() -> None:
    state = gathered(3, liveness=0.3).advance(evidence(**REPLUGGED))
    assert state.attack_suspected


SHOWN = st.tuples(
    st.sampled_from([0, 0, 0, 1]),
    st.sampled_from([CAMERA, CAMERA, DeviceIdentity("camera", "x", "")]),
    st.sampled_from([8, 8, 16]),
    st.booleans(),
)


@given(st.lists(SHOWN, max_size=40))
def test_no_take_is_ever_gathered_of_two_sources(shown: list[tuple[int, DeviceIdentity, int, bool]]) -> None:
    state, changes, before = CaptureState(PLAN), 0, None
    for opening, device, side, passed in shown:
        if state.finished:
            break
        state = state.advance(evidence(opening=opening, device=device, side=side, passed=passed))
        here = (opening, device, side)
        changes += before is not None and before != here
        before = here
        assert state.source_changes == changes
        first = state.gathering[0].observation if state.gathering else None
        assert first is None or all(item.observation.is_of_same_source(first) for item in state.gathering)
