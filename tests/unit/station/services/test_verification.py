"""How attempts at a verification are counted, and what is noted of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import Decision, InsteadReason, Verdict
from mlid_desktop.domain.errors import Code, DeviceError, UsageError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import SourceItem
from mlid_desktop.domain.subjects import ShownInstead
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.workflow import events
from mlid_desktop.workflow.verification import VerificationSession, VerificationStage
from tests.makers import CAMERA, policy
from tests.unit.station.services.meanwhile import MEANWHILE


class NoFrames:
    """A camera from which nothing comes."""

    identity: DeviceIdentity = CAMERA
    kind = SourceKind.LIVE

    def samples(self) -> Iterator[SourceItem]:
        """Nothing."""
        return iter(())

    def close(self) -> None:
        """Nothing is open."""


def test_an_attempt_counts_before_anything_is_captured_and_is_given_back_where_nothing_was(
    session: StationSession, vault: Vault
) -> None:
    person = session.subjects.by_number("1001")
    begun = session.verification.begin(person)
    assert vault.attempts(person.subject_id).failed_in_a_row == 1
    assert {reference.subject_id for reference in begun.references} == {person.subject_id}
    session.verification.record_outcome(begun.subject, begun.session)
    assert vault.attempts(person.subject_id).failed_in_a_row == 0


def test_after_too_many_attempts_the_next_is_decided_and_not_counted(session: StationSession, vault: Vault) -> None:
    person = session.subjects.by_number("1001")
    for _ in range(policy().attempts.free):
        assert session.verification.begin(person).session.decision is None
    counted = vault.attempts(person.subject_id).failed_in_a_row
    begun = session.verification.begin(person)
    assert begun.session.decision is not None
    assert begun.session.decision.reasons[0] in {Reason.DELAYED, Reason.LOCKED_OUT}
    assert begun.references == ()
    assert vault.attempts(person.subject_id).failed_in_a_row == counted
    assert vault.audit.entries()[-1].event == "verification.delayed"


def test_a_check_without_biometrics_is_noted_as_one_and_moves_no_count(session: StationSession, vault: Vault) -> None:
    person = session.subjects.by_number("1001")
    session.verification.begin(person)
    session.verification.record_check_without_biometrics(person, ShownInstead.IDENTITY_DOCUMENT, accepted=True)
    entry = vault.audit.entries()[-1]
    assert (entry.event, entry.facts["outcome"]) == ("verification.otherwise", "accepted")
    assert vault.attempts(person.subject_id).failed_in_a_row == 1


def test_leaving_after_a_movement_was_shown_spends_the_attempt(session: StationSession, vault: Vault) -> None:
    person = session.subjects.by_number("1001")
    begun = session.verification.begin(person)
    session.verification.record_outcome(person, replace(begun.session, challenges=1))
    assert vault.attempts(person.subject_id).failed_in_a_row == 1
    noted = vault.audit.entries()[-1]
    assert (noted.event, noted.facts["challenge"]) == ("verification.decided", "not_met")


def test_finishing_without_the_face_after_a_movement_was_shown_spends_the_attempt_too(
    session: StationSession, vault: Vault
) -> None:
    person = session.subjects.by_number("1001")
    begun = session.verification.begin(person).session
    finished = replace(begun, challenges=1).advance(events.CapturesFinished())
    assert finished.verdict is Verdict.INCONCLUSIVE
    session.verification.record_outcome(person, finished)
    assert vault.attempts(person.subject_id).failed_in_a_row == 1
    assert vault.audit.entries()[-1].facts["challenge"] == "not_met"


@pytest.mark.parametrize(("challenges", "counted"), [(0, 0), (1, 1)])
def test_a_camera_that_is_lost_after_a_movement_was_shown_spends_the_attempt(
    session: StationSession, vault: Vault, monkeypatch: pytest.MonkeyPatch, challenges: int, counted: int
) -> None:
    """Else a cable that is pulled would make every guess free."""

    def lost(
        state: VerificationSession, _items: object, _references: object, publish: Callable[[object], None], **_: object
    ) -> VerificationSession:
        publish(replace(state, challenges=challenges))
        raise DeviceError(Code.DEVICE_LOST, source=CAMERA.name)

    monkeypatch.setattr(session.recognition, "capture", lost)
    person = session.subjects.by_number("1001")
    with pytest.raises(DeviceError):
        session.verification.verify("1001", {FACE: NoFrames()})
    assert vault.attempts(person.subject_id).failed_in_a_row == counted


def test_something_else_than_the_policy_asks_needs_a_reason_and_is_on_record(
    session: StationSession, vault: Vault
) -> None:
    person = session.subjects.by_number("1001")
    finger = next(known for known in person.characteristics if known.modality is Modality.FINGERPRINT)
    assert session.verification.asked_of(person) == (FACE,)
    refused = session.verification.begin(person, (finger,))
    assert refused.session.decision is not None
    assert refused.session.decision.reasons == (Reason.OTHER_THAN_ASKED,)
    assert vault.attempts(person.subject_id).failed_in_a_row == 0
    begun = session.verification.begin(person, (finger,), instead=InsteadReason.INJURED)
    assert begun.session.asked_rate(Modality.FINGERPRINT) < session.policy.comparison.rate(Modality.FINGERPRINT)
    assert begun.session.circumstances.replaced == (Modality.FACE,)
    assert vault.attempts(person.subject_id).failed_in_a_row == 1
    decided = begun.session.advance(events.CapturesFinished())
    session.verification.record_outcome(person, decided)
    assert vault.audit.entries()[-1].facts["instead"] == "injured"
    both = session.verification.begin(person, (finger, FACE), instead=InsteadReason.INJURED)
    assert both.session.instead is None


@pytest.mark.parametrize("happened", MEANWHILE)
def test_nobody_is_accepted_by_what_is_not_theirs_any_more(
    session: StationSession, vault: Vault, happened: str
) -> None:
    """An attempt may stay open for long: another desk erases the person meanwhile, or enrols them anew because somebody
    else had been enrolled in their name."""
    refused = {
        "withdrawn": Code.USAGE_CONSENT_WITHDRAWN,
        "stopped by a program": Code.USAGE_CONSENT_WITHDRAWN,
        "enrolled anew": Code.USAGE_RECORD_CHANGED,
        "erased": Code.USAGE_RECORD_CHANGED,
    }
    person = session.subjects.by_number("1001")
    begun = session.verification.begin(person)
    accepted = Decision(Verdict.ACCEPTED, (Reason.SAME_PERSON,), (), policy().identity)
    decided = replace(begun.session, decision=accepted, stage=VerificationStage.DECIDED)
    MEANWHILE[happened](vault, person)
    if happened not in refused:
        session.verification.record_outcome(begun.subject, decided)
        assert vault.attempts(person.subject_id).failed_in_a_row == 0
        return
    with pytest.raises(UsageError) as fault:
        session.verification.record_outcome(begun.subject, decided)
    assert fault.value.code is refused[happened]
    if happened != "enrolled anew":
        with pytest.raises(UsageError):  # neither by the vault alone
            vault.record_outcome(person.subject_id, accepted=True)
    assert vault.attempts(person.subject_id).failed_in_a_row == (0 if happened == "erased" else 1)
    assert all(entry.facts.get("outcome") != "accepted" for entry in vault.audit.entries())


def test_an_attempt_is_of_the_person_as_they_stand_when_it_begins(session: StationSession, vault: Vault) -> None:
    """Whatever the window read of them before: what is asked follows from what they gave, and who withdrew or is gone
    is not begun with."""
    stale = session.subjects.by_number("1001")
    MEANWHILE["corrected"](vault, stale)
    assert session.verification.begin(stale).subject.name == "Another Name"
    MEANWHILE["withdrawn"](vault, stale)
    with pytest.raises(UsageError) as fault:
        session.verification.begin(stale)
    assert fault.value.code is Code.USAGE_CONSENT_WITHDRAWN
    MEANWHILE["erased"](vault, stale)
    with pytest.raises(UsageError) as fault:
        session.verification.begin(stale)
    assert fault.value.code is Code.USAGE_UNKNOWN_SUBJECT
