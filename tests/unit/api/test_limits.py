"""How much a caller may ask, and what is remembered of it."""

from __future__ import annotations

from mlid_desktop.api.limits import NONCES_KEPT, WINDOW_S, RateLimit, ReplayWindow


def test_a_nonce_is_fresh_once_in_its_time_and_for_its_caller_alone() -> None:
    window = ReplayWindow()
    assert window.is_fresh("one", "n", 0.0)
    assert not window.is_fresh("one", "n", 2 * WINDOW_S)
    assert window.is_fresh("other", "n", 1.0)
    assert window.is_fresh("one", "n", 2 * WINDOW_S + 0.1)
    assert not window.is_fresh("one", "", 0.0)


def test_what_is_remembered_is_bounded_and_one_caller_takes_nothing_of_another() -> None:
    window = ReplayWindow()
    told = [window.is_fresh("busy", str(index), 0.0) for index in range(NONCES_KEPT + 1)]
    assert told == [True] * NONCES_KEPT + [False]
    assert window.is_fresh("quiet", "n", 0.0)
    assert window.is_fresh("busy", "later", 2 * WINDOW_S + 0.1)


def test_a_rate_is_each_ones_own_and_passes_with_time() -> None:
    rate = RateLimit(2, 60.0)
    assert [rate.allows("a", moment) for moment in (0.0, 1.0, 2.0, 60.0)] == [True, True, False, True]
    assert rate.allows("b", 2.0)
