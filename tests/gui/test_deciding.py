"""The page of a decision as an operator looks at it: which step failed."""

from __future__ import annotations

from tests.gui.stage import Stage
from tests.gui.steps import check


def test_the_step_that_did_not_match_is_told_from_one_that_passed(known: Stage) -> None:
    steps, heading = (view := check(known, "1001", seed=2)).decision.steps, view.decision.heading
    assert steps.accessibleName() == "Finger (right index): did not pass. Decision"
    assert steps.y() < heading.y(), "where every task has its steps"
    as_shown = steps.grab().toImage()
    steps.show_steps(("Finger (right index)", "Decision"), 1, "as if it had passed")
    assert steps.grab().toImage() != as_shown
