"""An unlocked vault under the policy in force, which every use case at the desk builds on. Call on the vault thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType

from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.lockout import CountedSuspicion, attempt_state, can_give_more
from mlid_desktop.decision.policy import Policy, Purpose
from mlid_desktop.decision.site_calibration.score_history import Drift
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import AttemptRequirement, AttemptState
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.subjects import Consent, Operator, Role, SubjectSummary
from mlid_desktop.domain.templates import Reference
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.subjects import drafts
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord


class VaultSession:
    """The vault, the policy and the calibrations of one unlocking; a new policy counts from the next unlock on."""

    def __init__(
        self,
        vault: Vault,
        policy: Policy,
        calibrations: Calibrations,
        clock: Clock,
        require_whole_program: Callable[[], None] = lambda: None,
        shipped_policies: Mapping[str, str] = MappingProxyType({}),
        shipped_calibrations: Calibrations | None = None,
    ) -> None:
        self.vault = vault
        self.policy = policy
        self.calibrations = calibrations
        self.require_whole_program = require_whole_program
        self.shipped_calibrations = calibrations if shipped_calibrations is None else shipped_calibrations
        self.shipped_policies = shipped_policies  # digests of the program's own, by name
        self.moved_by: tuple[date, tuple[Drift, ...]] | None = None  # what moved of scores and quality, looked at when
        self._clock = clock

    @property
    def operator(self) -> Operator:
        """The operator who unlocked the vault."""
        return self.vault.operator

    @property
    def demo(self) -> bool:
        """Whether the vault was made for demonstration, where recorded and simulated sources count."""
        return self.vault.identity.demo

    def is_shipped_policy(self, untrusted: bytes) -> bool:
        """Whether these are the bytes of one of the program's own policies."""
        return hashlib.sha256(untrusted).hexdigest() in self.shipped_policies.values()

    def now(self) -> datetime:
        """The time that the vault goes by, UTC: the machine's clock as long as that can be true."""
        return self.vault.time.now

    @property
    def clock_is_wrong(self) -> bool:
        """Whether the machine's clock stands before what the vault has seen, or years after it."""
        return self.vault.time.clock_is_wrong

    def dated(self, consent: Consent) -> Consent:
        """A consent that was given by the machine's clock since the enrolment was begun, which may have waited as a
        draft, at the vault's time where that clock is wrong."""
        if not self.clock_is_wrong or abs(consent.given_at - self._clock.now()) > drafts.LIFETIME:
            return consent
        return replace(consent, given_at=self.now())

    def require_clock(self) -> None:
        """Requires a supervisor where the clock is wrong, because enrolment writes dates that retention depends on.
        Raises VaultError(VAULT_CLOCK_SET_BACK)."""
        if self.clock_is_wrong and self.operator.role is not Role.SUPERVISOR:
            raise VaultError(Code.VAULT_CLOCK_SET_BACK)

    @property
    def challenge_available(self) -> bool:
        """Whether a face can be asked to do what nobody knows before: wherever faces are checked for attacks."""
        return Modality.FACE in self.policy.attack

    def circumstances(
        self,
        purpose: Purpose,
        *,
        attested: bool = False,
        requirement: AttemptRequirement = AttemptRequirement.ORDINARY,
        challenge_demanded: bool = False,
        without_movements: bool = False,
    ) -> Circumstances:
        """The circumstances of a decision besides the evidence."""
        return Circumstances(purpose, self.demo, attested, challenge_demanded, requirement, without_movements)

    def attempts_of(
        self, key: str, enrolled: Collection[Modality], counted: AttemptRecord | None = None
    ) -> AttemptState:
        """How many tries are left for a person or candidate of whom these modalities can be captured, how long to wait,
        and what suspicions ask of the next try; by what was ``counted``, or as it is now."""
        record, noted = counted or self.vault.attempts(key), self.vault.suspicions.of_person(key)
        return attempt_state(
            record.failed_in_a_row,
            record.last_failed_at,
            self.now(),
            self.policy.attempts,
            clock_set_back=record.clock_set_back,
            suspicions=[CountedSuspicion(suspicion.at, suspicion.standing) for suspicion in noted],
            can_give_more=can_give_more(enrolled, challenge_available=self.challenge_available),
            elsewhere=record.elsewhere,
        )

    def subject(self, number: str) -> SubjectSummary:
        """The person with this number or, where nobody has it, with this identifier. Raises UsageError:
        USAGE_UNKNOWN_SUBJECT, or USAGE_NUMBER_AMBIGUOUS where several have the number."""
        found = self.people_with(number)
        if not found:
            found = tuple(self.vault.people.those([number.strip().lower()]).values())
        if not found:
            raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
        if len(found) > 1:
            raise UsageError(Code.USAGE_NUMBER_AMBIGUOUS)
        return found[0]

    def present(self, subject_id: str) -> SubjectSummary:
        """The person as they stand now, whatever was read of them before. Raises UsageError(USAGE_UNKNOWN_SUBJECT) for
        somebody who is gone."""
        found = self.vault.people.those([subject_id]).get(subject_id)
        if found is None:
            raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
        return found

    def require_same(self, subject: SubjectSummary) -> None:
        """Raises UsageError(USAGE_RECORD_CHANGED) where a person was erased or enrolled anew since this was read: what
        was compared is not theirs any more."""
        present = self.vault.people.those([subject.subject_id]).get(subject.subject_id)
        if present is None or present.enrolled_at != subject.enrolled_at:
            raise UsageError(Code.USAGE_RECORD_CHANGED)

    def people_with(self, number: str) -> tuple[SubjectSummary, ...]:
        """Everybody who has this number, however it is written: one person, unless an earlier version kept spellings of
        it apart."""
        return self.vault.people_with(number)

    def references_of(self, modality: Modality) -> tuple[Reference, ...]:
        """All references of a modality, for a search among all who are enrolled."""
        return tuple(self.vault.all_references(modality))

    def record_event(self, event: str, subject_id: str, **facts: str | int | bool) -> None:
        """Appends an event to the audit, about this person or, where the identifier is empty, about nobody."""
        self.vault.audit.append(event, {"subject": subject_id, **facts})
