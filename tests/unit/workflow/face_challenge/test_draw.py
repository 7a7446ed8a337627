"""What is drawn: four actions, always the mouth; swapped at no cost, never down to one."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.observations import ActionKind, FaceAction
from mlid_desktop.workflow.face_challenge.draw import ACTIONS, ChallengeDraw, draw_challenge

SEEDS = st.integers(0, 2**32)


@given(SEEDS)
def test_a_draw_has_four_actions_and_opens_the_mouth(seed: int) -> None:
    draw = draw_challenge(Random(seed))
    assert len(draw.actions) == ACTIONS
    assert len(draw.pauses_s) == ACTIONS + 1
    assert len(set(draw.actions)) > 1
    assert FaceAction.OPEN_MOUTH in draw.actions


@given(SEEDS, st.integers(0, 2))
def test_another_challenge_in_the_same_attempt_asks_one_movement_more(seed: int, earlier: int) -> None:
    draw = draw_challenge(Random(seed), earlier)
    assert len(draw.actions) == ACTIONS + earlier
    assert len(draw.pauses_s) == ACTIONS + earlier + 1
    assert FaceAction.OPEN_MOUTH in draw.actions


def test_every_order_is_as_likely_as_any_other() -> None:
    chance = Random(7)
    drawn = Counter(draw_challenge(chance).actions for _ in range(67_000))
    assert len(drawn) == 670
    assert max(drawn.values()) < 160
    assert min(drawn.values()) > 55


@given(SEEDS, st.lists(st.integers(0, ACTIONS - 1), max_size=3))
def test_a_swap_asks_for_another_kind_and_keeps_at_least_two_actions(seed: int, indices: list[int]) -> None:
    draw: ChallengeDraw | None = draw_challenge(Random(seed))
    done = 0
    for index in sorted(indices):
        if draw is None:
            return
        before, cannot, swapped = draw.actions, draw.cannot, draw.swap(index)
        refused = before[index].kind
        if swapped is None:
            assert len(set(ActionKind) - cannot - {refused}) < 2
            return
        assert swapped.actions[:index] == before[:index]
        assert all(action.kind not in swapped.cannot for action in swapped.actions[index:])
        assert swapped.actions[index].kind is not refused
        assert len(set(swapped.actions)) >= 2
        assert swapped.cannot == cannot | {refused}
        draw, done = swapped, done + 1
    assert done == len(indices)
