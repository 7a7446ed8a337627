"""Suspicions by person and by device, for who looks after the desk; and two people who let a person try anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import AttemptState, Journey, NotedSuspicion, ReleaseReason, SuspicionStanding
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import ShownInstead, SubjectSummary
from mlid_desktop.station.services.vault_session import VaultSession

TOLD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PersonSuspicions:
    """How many suspicions there were of a person, the newest ``at``; ``may_release`` says that two people may let them
    try anew."""

    subject: SubjectSummary = field(repr=False)
    number: int
    at: datetime
    may_release: bool


@dataclass(frozen=True, slots=True)
class DeviceSuspicions:
    """How many suspicions there were with a device, in searches ``searches`` of them, the newest ``at``; ``name`` is ""
    for what is no device of this desk, such as a recording."""

    name: str
    modality: Modality
    number: int
    searches: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RecentSuspicions:
    """Suspicions of attacks of the last seven days. Of people those alone that nobody released, ``candidates`` of them
    of people who are not enrolled; of a device all of them, as bad light is seen by those that were released."""

    people: tuple[PersonSuspicions, ...] = ()
    candidates: int = 0
    devices: tuple[DeviceSuspicions, ...] = ()


class AttemptReleases:
    """Tells of suspicions, and lets people try anew; call on the vault thread."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    def recent(self) -> RecentSuspicions:
        """The suspicions of the last days. Raises VaultError(VAULT_NOT_PERMITTED)."""
        now = self._session.now()
        noted = [suspicion for suspicion in self._session.vault.suspicions.recent() if now - suspicion.at < TOLD_FOR]
        standing = [suspicion for suspicion in noted if suspicion.standing is not SuspicionStanding.RELEASED]
        people = self._session.vault.people.those({suspicion.subject_id for suspicion in standing})
        about_others = [
            suspicion for suspicion in standing if suspicion.subject_id and suspicion.subject_id not in people
        ]
        return RecentSuspicions(tuple(self._people(standing, people)), len(about_others), tuple(_devices(noted)))

    def attempts(self, subject: SubjectSummary) -> AttemptState:
        """How the person's attempts stand, at all desks where the register of this one answers."""
        self._session.vault.register.attempts.hear(subject.subject_id)
        return self._session.attempts_of(subject.subject_id, subject.able)

    def candidate_attempts(self, number: str) -> AttemptState:
        """How the attempts stand of somebody who is not enrolled, by the number that was to be enrolled."""
        key = self._session.vault.suspicions.key_of("", number)
        return self._session.attempts_of(key, self._session.policy.capture)

    def release(self, number: str, reason: ReleaseReason, document: ShownInstead, second: SecondPerson | None) -> None:
        """Lets a person, or who was to be enrolled under this number, try anew: two people, one of them a supervisor,
        saw a document. The count is cleared, the audit stays; nobody is accepted by it. Raises UsageError
        (USAGE_NOTHING_TO_RELEASE, USAGE_NUMBER_AMBIGUOUS), VaultError(VAULT_NOT_PERMITTED,
        VAULT_SECOND_PERSON_NEEDED)."""
        there = self._session.people_with(number)
        subject = self._session.subject(number) if there else None
        state = self.candidate_attempts(number) if subject is None else self.attempts(subject)
        if not state.may_release:
            raise UsageError(Code.USAGE_NOTHING_TO_RELEASE)
        suspicions = self._session.vault.suspicions
        key = suspicions.key_of("", number) if subject is None else subject.subject_id
        suspicions.release(key, reason, document, second)
        if subject is not None:  # other desks let them try anew at once
            self._session.vault.register.attempts.hear(key)

    def release_confirmed(
        self, number: str, reason: ReleaseReason, document: ShownInstead, name: str, passphrase: str
    ) -> None:
        """Releases a person's attempts, confirmed by a second person who proves it by a passphrase. Raises
        VaultError."""
        self.release(number, reason, document, self._session.vault.operators.confirm_second(name, passphrase))

    def _may_release(self, subject: SubjectSummary) -> bool:
        return self._session.attempts_of(subject.subject_id, subject.able).may_release

    def _people(
        self, noted: Iterable[NotedSuspicion], people: Mapping[str, SubjectSummary]
    ) -> Iterable[PersonSuspicions]:
        by_person = defaultdict(list)
        for suspicion in noted:
            by_person[suspicion.subject_id].append(suspicion.at)
        rows = [
            PersonSuspicions(people[subject_id], len(times), max(times), self._may_release(people[subject_id]))
            for subject_id, times in by_person.items()
            if subject_id in people
        ]
        return sorted(rows, key=lambda row: (row.may_release, row.at), reverse=True)


def _devices(noted: Iterable[NotedSuspicion]) -> Iterable[DeviceSuspicions]:
    by_device = defaultdict(list)
    for suspicion in noted:
        by_device[suspicion.device, suspicion.device_name, suspicion.modality].append(suspicion)
    rows = [
        DeviceSuspicions(
            name,
            modality,
            len(those),
            sum(suspicion.journey is Journey.IDENTIFICATION for suspicion in those),
            max(suspicion.at for suspicion in those),
        )
        for (_, name, modality), those in by_device.items()
    ]
    return sorted(rows, key=lambda row: (row.number, row.at), reverse=True)
