"""A check at one desk of a register knows what failed at another, and the operator is told."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.cli.json_documents import decision_lines
from mlid_desktop.domain.decisions import ReleaseReason, Verdict
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import ShownInstead, SubjectSummary
from mlid_desktop.gui.verify.decision_presenter import decision_screen
from mlid_desktop.station.administration.vault_admin import VaultAdmin
from mlid_desktop.station.capture.pipelines import Pipelines
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.session import StationSession
from mlid_desktop.station.text.language import open_language
from mlid_desktop.vault.lifecycle import Vault
from tests.makers import calibrations, policy
from tests.unit.vault.conftest import witness
from tests.unit.vault.register.conftest import Desks

ENGLISH = open_language(Path(), "en")
RULES = policy().attempts


def session_at(desks: Desks, vault: Vault) -> StationSession:
    return StationSession.of(
        VaultSession(vault, policy(), calibrations(), desks.clock),
        Recognition(Pipelines({}), policy(), calibrations()),
        VaultAdmin(0.0, desks.clock),
    )


def person(vault: Vault) -> SubjectSummary:
    found = vault.find("1")
    assert found is not None
    return found


def begun(desks: Desks, vault: Vault) -> Reason | None:
    """Begins a check; why nothing is compared, or None."""
    decision = session_at(desks, vault).verification.begin(person(vault)).session.decision
    return None if decision is None else decision.reasons[0]


def test_who_failed_at_one_desk_waits_at_the_other(desks: Desks) -> None:
    for _ in range(RULES.free):
        assert begun(desks, desks.reading) is None
    assert begun(desks, desks.writing) is Reason.DELAYED
    at_the_other = desks.writing.attempts(person(desks.writing).subject_id)
    assert (at_the_other.failed_in_a_row, at_the_other.elsewhere) == (RULES.free, RULES.free)
    assert begun(desks, desks.writing) is Reason.DELAYED
    desks.clock.advance(RULES.delay_s)
    assert begun(desks, desks.writing) is None


def test_who_is_locked_at_one_desk_is_so_at_the_other_and_two_people_release_at_both(desks: Desks) -> None:
    for _ in range(RULES.lock_out):
        desks.reading.count_attempt(person(desks.reading).subject_id)
    session = session_at(desks, desks.writing)
    check = session.verification.begin(person(desks.writing)).session
    assert check.decision is not None
    assert check.decision.verdict is not Verdict.ACCEPTED
    assert check.decision.reasons == (Reason.LOCKED_OUT,)
    assert check.attempts.elsewhere == RULES.lock_out
    told = f"{RULES.lock_out} failed attempts at other desks count too."
    found = (check.decision, person(desks.writing), check.attempts, 0.001, desks.writing.operator, ENGLISH)
    assert told in decision_screen(*found, rules=RULES, has_fingers=False).why
    assert told in decision_lines(check.decision, check.attempts, ENGLISH)
    session.releases.release("1", ReleaseReason.POOR_LIGHT, ShownInstead.IDENTITY_DOCUMENT, witness(desks.writing))
    assert begun(desks, desks.writing) is None
    assert begun(desks, desks.reading) is None  # which hears of it when the person comes back


def test_a_desk_that_never_saw_the_person_releases_too(desks: Desks) -> None:
    for _ in range(RULES.lock_out):
        desks.reading.count_attempt(person(desks.reading).subject_id)
    session_at(desks, desks.writing).releases.release(
        "1", ReleaseReason.POOR_LIGHT, ShownInstead.IDENTITY_DOCUMENT, witness(desks.writing)
    )
    assert begun(desks, desks.reading) is None
