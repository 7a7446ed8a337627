"""How long a test waits for the window: an idle one no longer than was said, one that waits for a processor longer."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.gui import stage as stages
from tests.gui.stage import Stage, queued_s


class Waiting(Stage):
    """Looks once a second, at a clock of its own, at a window that is none."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """The time by this clock."""
        return self.now

    def wait(self, milliseconds: int) -> None:
        """A second passes."""
        self.now += 1.0

    def _shown(self) -> list[str]:
        return []


@pytest.mark.parametrize(
    ("queued", "waited"),
    [
        (lambda _now: 7.0, 11.0),  # before it began
        (lambda now: 7.0 + 0.25 * now, 14.0),
        (lambda now: 4.0 * now, 21.0),
        (lambda now: 7.0 - 0.25 * now, 11.0),  # threads ended
    ],
    ids=["idle", "a quarter", "starved", "threads end"],
)
def test_as_long_as_threads_were_queued_for_a_processor_it_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, queued: Callable[[float], float], waited: float
) -> None:
    stage = Waiting()
    monkeypatch.setattr(stages, "time", stage)
    monkeypatch.setattr(stages, "queued_s", lambda: queued(stage.now))
    with pytest.raises(AssertionError, match="did not come to pass"):
        stage.until(lambda: False, patience_s=10.0)
    assert stage.now == waited


def test_the_longest_wait_ends_before_a_test_does(pytestconfig: pytest.Config) -> None:
    assert float(pytestconfig.getini("timeout")) > 2 * stages.PATIENCE_S + 60


def test_what_threads_waited_for_a_processor_only_grows_while_they_live() -> None:
    seen = [queued_s() for _ in range(3)]
    assert all(0.0 <= before <= after for before, after in itertools.pairwise(seen))
