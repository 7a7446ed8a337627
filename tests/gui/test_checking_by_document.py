"""A document beside the decision of a check: offered after every verdict, noted by itself, and it changes none."""

from __future__ import annotations

import pytest

from mlid_desktop.domain.subjects import ShownInstead
from mlid_desktop.gui.verify.view import VerifyView
from tests.gui.stage import Stage
from tests.gui.steps import buttons, check, look_up, today, told, verdict
from tests.gui.steps import words as seen


def noted(stage: Stage) -> list[tuple[str, str]]:
    """What the audit says of checks by document: how, and with which outcome."""
    vault = stage.vault
    entries = stage.workspace.vault_worker.submit(vault.audit.entries).result()
    told_of = [entry for entry in entries if entry.event == "verification.otherwise"]
    return [(str(entry.facts["how"]), str(entry.facts["outcome"])) for entry in told_of]


@pytest.mark.parametrize(
    ("is_the_person", "outcome", "said"),
    [(True, "accepted", "checked without biometrics"), (False, "rejected", "whoever is here is not Maria Okoye")],
)
def test_in_doubt_an_acceptance_is_followed_by_a_document_that_is_noted_by_itself(
    known: Stage, outcome: str, said: str, *, is_the_person: bool
) -> None:
    view = check(known, "1001", seed=1)
    assert verdict(view) == "Accepted"
    (by_document,) = buttons(view.decision, "Check by document …")
    view.finder.ask = lambda _: None
    by_document.click()
    assert view.decision.isVisible(), "whoever looks at no document still has the decision before them"
    assert noted(known) == []
    view.finder.ask = lambda _: (ShownInstead.IDENTITY_DOCUMENT, is_the_person)
    by_document.click()
    known.until(lambda: said in view.finder.notice.text)
    assert noted(known) == [("identity_document", outcome)]
    assert today(known).accepted == 1, "what the check decided stays as it was"


def find(stage: Stage, typed: str) -> VerifyView:
    view = look_up(stage, typed)
    stage.until(lambda: not view.finder.finder.waits)
    return view


def test_what_a_check_is_by_is_ticked_and_how_many_may_be_is_said(known: Stage) -> None:
    finder = find(known, "1001").finder
    assert "Tick one or more. The policy asks for: Finger (right index)" in told(finder)
    (finger,) = finder._group.buttons()
    assert (finger.text(), finger.isChecked()) == ("Finger (right index)", True)
    finger.click()
    assert "Choose what to check by." in told(finder)


def test_where_nobody_is_found_that_is_said_in_place_of_an_empty_list(known: Stage) -> None:
    finder = find(known, "77").finder
    assert "Nobody is found by that." in seen(finder)
    assert not finder.finder.table.isVisible()
    finder.finder.field.setText("1001")
    known.until(lambda: bool(finder.finder.selected))
    assert "Nobody is found by that." not in seen(finder)
    assert finder.finder.table.isVisible()
