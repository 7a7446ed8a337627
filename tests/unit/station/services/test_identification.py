"""What is noted of a search, and who says that a candidate is the person."""

from __future__ import annotations

import pytest

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Candidate, Meaning, Tier
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.workflow import events
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from tests.makers import calibrations, policy
from tests.unit.station.services.meanwhile import MEANWHILE


def reviewed(session: StationSession, outcome: events.ReviewOutcome) -> IdentificationSession:
    """A search that brought the person up, and what was said of it."""
    circumstances = Circumstances("identification", demo=True)
    searched = IdentificationSession(policy(), calibrations(), circumstances, FACE, IdentificationStage.SEARCH)
    person = session.subjects.by_number("1001")
    candidate = Candidate(person.subject_id, FACE, Tier.STRONG, Meaning(9.0, 1e-4, capped=False), 0.7)
    found = searched.advance(events.CandidatesFound((candidate,), 1, 0.0))
    return found.advance(events.CandidatesReviewed(outcome, "same scar", candidate.subject_id))


def test_that_a_candidate_is_the_person_is_said_by_two(
    session: StationSession, vault: Vault, second: SecondPerson
) -> None:
    search = reviewed(session, events.ReviewOutcome.SAME)
    with pytest.raises(VaultError) as fault:
        session.identification.record_outcome(search)
    assert fault.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    assert [entry.event for entry in vault.audit.entries()] == ["enrolment.saved"]
    session.identification.record_outcome(search, second)
    decided, closed = vault.audit.entries()[1:]
    assert (decided.event, decided.facts["second"], decided.facts["outcome"]) == (
        "identification.decided",
        "olga",
        "same",
    )
    assert closed.event == "identification.closed"


@pytest.mark.parametrize("outcome", [events.ReviewOutcome.DIFFERENT, events.ReviewOutcome.ESCALATED])
def test_that_nobody_was_found_is_said_by_one(
    session: StationSession, vault: Vault, outcome: events.ReviewOutcome
) -> None:
    session.identification.record_outcome(reviewed(session, outcome))
    (closed,) = vault.audit.entries()[1:]
    assert (closed.event, closed.facts["outcome"], closed.facts["candidates"]) == (
        "identification.closed",
        outcome.value,
        1,
    )


@pytest.mark.parametrize("happened", ["withdrawn", "stopped by a program", "erased"])
def test_nobody_is_recognised_of_whom_nothing_is_compared_since_the_search(
    session: StationSession, vault: Vault, second: SecondPerson, happened: str
) -> None:
    """A search may wait for a day until somebody answers it."""
    search = reviewed(session, events.ReviewOutcome.SAME)
    MEANWHILE[happened](vault, session.subjects.by_number("1001"))
    with pytest.raises(UsageError) as fault:
        session.identification.record_outcome(search, second)
    gone = Code.USAGE_UNKNOWN_SUBJECT if happened == "erased" else Code.USAGE_CONSENT_WITHDRAWN
    assert fault.value.code is gone
    assert "identification.decided" not in [entry.event for entry in vault.audit.entries()]
