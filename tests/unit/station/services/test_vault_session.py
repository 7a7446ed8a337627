"""What the desk lets happen, and what it notes: declined consent, withdrawal, decisions on a search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Candidate, Meaning, Tier
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import (
    Consent,
    ConsentOutcome,
    ErasureReason,
    Operator,
    Role,
    Standing,
    SubjectSummary,
)
from mlid_desktop.station.services.vault_session import Desk
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import create_vault
from mlid_desktop.workflow import events
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from tests.doubles import FixedClock
from tests.makers import ENROLLED, calibrations, policy
from tests.unit.vault.conftest import enrolment

NAME, PASSPHRASE = "sup", "correct horse battery"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one person enrolled."""
    clock = FixedClock()
    vault = create_vault(
        tmp_path / "vault", operator_name=NAME, passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR
    )
    vault.save(enrolment("1001"))
    yield Desk(vault, policy(), calibrations(), clock)
    vault.lock()


def person(desk: Desk) -> SubjectSummary:
    return desk.subject("1001")


def second(desk: Desk) -> SecondPerson:
    return desk.vault._seconds.confirmed(Operator("olga", Role.OPERATOR))


def reviewed(desk: Desk, outcome: events.ReviewOutcome) -> IdentificationSession:
    """A search that brought the person up, and what was said of it."""
    circumstances = Circumstances("identification", demo=True)
    searched = IdentificationSession(desk.policy, desk.calibrations, circumstances, FACE, IdentificationStage.SEARCH)
    candidate = Candidate(person(desk).subject_id, FACE, Tier.STRONG, Meaning(9.0, 1e-4, capped=False), 0.7)
    found = searched.advance(events.CandidatesFound((candidate,), 1, 0.0))
    return found.advance(events.CandidatesReviewed(outcome, "same scar", candidate.subject_id))


def test_that_a_candidate_is_the_person_is_said_by_two(desk: Desk) -> None:
    session = reviewed(desk, events.ReviewOutcome.SAME)
    with pytest.raises(VaultError) as fault:
        desk.close_identification(session)
    assert fault.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    assert [one.event for one in desk.vault.audit_entries()] == ["enrolment.saved"]
    desk.close_identification(session, second(desk))
    decided, closed = desk.vault.audit_entries()[1:]
    assert (decided.event, decided.facts["second"], decided.facts["outcome"]) == (
        "identification.decided",
        "olga",
        "same",
    )
    assert closed.event == "identification.closed"


@pytest.mark.parametrize("outcome", [events.ReviewOutcome.DIFFERENT, events.ReviewOutcome.ESCALATED])
def test_that_nobody_was_found_is_said_by_one(desk: Desk, outcome: events.ReviewOutcome) -> None:
    desk.close_identification(reviewed(desk, outcome))
    (closed,) = desk.vault.audit_entries()[1:]
    assert (closed.event, closed.facts["outcome"], closed.facts["candidates"]) == (
        "identification.closed",
        outcome.value,
        1,
    )


def test_of_who_declined_only_that_it_happened_is_kept(desk: Desk) -> None:
    consent = Consent(ConsentOutcome.DECLINED, "1-abc", "en", ENROLLED, "Eve Okoye", "I am Amara, leave me alone")
    session = desk.begin_enrolment().advance(events.ConsentAnswered(consent))
    desk.close_enrolment(session)
    entry = desk.vault.audit_entries()[-1]
    assert entry.event == "consent.declined"
    assert entry.facts["reason"] == "other"
    assert entry.facts["subject"] == ""
    assert "Amara" not in str(entry)
    assert len(desk.vault.directory()) == 1


def test_nothing_begins_with_somebody_who_withdrew(desk: Desk) -> None:
    desk.withdraw(person(desk), guardian="Eve Okoye")
    with pytest.raises(UsageError) as fault:
        desk.begin_verification(person(desk))
    assert fault.value.code is Code.USAGE_CONSENT_WITHDRAWN
    assert desk.vault.attempts(person(desk).subject_id).failed_in_a_row == 0
    assert [one.reason for one in desk.due()] == [ErasureReason.WITHDRAWN]
    erased = desk.erase(person(desk), second(desk))
    assert erased.entry.reason is ErasureReason.WITHDRAWN
    assert desk.due() == ()


def test_a_stale_view_of_somebody_gives_no_way_around_the_withdrawal(desk: Desk) -> None:
    """The window's list may be older than the withdrawal: the vault hands out nothing all the same."""
    before = person(desk)
    desk.withdraw(before)
    opening = desk.begin_verification(replace(before, standing=Standing.HELD))
    assert opening.references == ()
