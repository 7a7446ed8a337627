"""The spot before the camera: one person who steps onto it is an act; passing by and waiting there are none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mlid_desktop.workflow.check_in.spot import EMPTY_S, LEAST_HEIGHT, MOST_ASIDE, STANDING_S, SeenFace, Spot

STEP_S = 0.1
ON, BEHIND, ASIDE = SeenFace(0.5, 0.4), SeenFace(0.5, 0.15), SeenFace(0.9, 0.4)


def after(*phases: tuple[Sequence[SeenFace], float], spot: Spot | None = None, begun: float = 0.0) -> Spot:
    """The watch after phases in which so many faces were seen for so many seconds."""
    spot, now = spot or Spot(), begun
    for faces, seconds in phases:
        for _ in range(round(seconds / STEP_S)):
            spot = spot.look(faces, now)
            now += STEP_S
    return spot


def test_who_steps_onto_the_empty_spot_and_stays_has_acted() -> None:
    assert after(((), 1.0), ((ON,), 1.0)).stepped
    assert not after(((), 1.0), ((ON,), STANDING_S / 2)).stepped


def test_who_stands_there_when_the_watch_begins_has_not_stepped() -> None:
    standing = after(((ON,), 10.0))
    assert not standing.stepped
    assert after(((), 1.0), ((ON,), 1.0), spot=standing, begun=10.0).stepped


def test_who_walks_through_is_no_act_and_neither_is_who_waits_behind_or_beside() -> None:
    crossing = tuple(((SeenFace(across, 0.4),), 0.1) for across in (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9))
    assert not after(((), 1.0), *crossing, ((), 1.0)).stepped
    assert not after(((), 1.0), ((BEHIND, ASIDE), 10.0)).stepped


def test_a_queue_behind_does_not_hold_up_who_steps_forward() -> None:
    assert after(((BEHIND,), 1.0), ((ON, BEHIND, ASIDE), 1.0)).stepped


def test_two_on_the_spot_are_no_act_of_one_until_one_has_left() -> None:
    two = after(((), 1.0), ((ON, SeenFace(0.4, 0.3)), 5.0))
    assert not two.stepped
    assert after(((ON,), 1.0), spot=two, begun=6.0).stepped


def test_a_face_that_is_lost_for_a_look_begins_anew() -> None:
    assert not after(((), 1.0), ((ON,), 0.5), ((), 0.1), ((ON,), 0.5)).stepped


def test_what_nobody_looked_at_is_not_known() -> None:
    ready = after(((), 1.0))
    assert not after(((ON,), 1.0), spot=ready, begun=100.0).stepped
    assert not after(((ON,), 1.0), spot=ready, begun=-100.0).stepped


def test_a_glance_at_an_empty_spot_is_too_short() -> None:
    assert not after(((), EMPTY_S / 2), ((ON,), 5.0)).stepped


@pytest.mark.parametrize(
    ("face", "on"),
    [
        (SeenFace(0.5, LEAST_HEIGHT), True),
        (SeenFace(0.5, LEAST_HEIGHT - 0.01), False),
        (SeenFace(0.5 + MOST_ASIDE, 0.4), True),
        (SeenFace(0.5 - MOST_ASIDE - 0.01, 0.4), False),
        (SeenFace(float("nan"), 0.4), False),
    ],
)
def test_the_spot_is_the_middle_of_the_picture_near_by(face: SeenFace, *, on: bool) -> None:
    assert face.is_on_spot is on


def test_an_act_stays_one() -> None:
    acted = after(((), 1.0), ((ON,), 1.0))
    assert acted.look((), 99.0) is acted
