"""A vault that keeps on paper what a machine of attempts needs: the rules of the real one without keys and disk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace

from mlid_desktop.domain.audit import AuditFact
from mlid_desktop.domain.characteristics import FACE, Characteristic
from mlid_desktop.domain.decisions import Journey, NotedSuspicion, ReleaseReason, Suspicion, SuspicionStanding
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.subjects import (
    Consent,
    ConsentOutcome,
    Details,
    Enrolment,
    Operator,
    Role,
    ShownInstead,
    SubjectRecord,
    SubjectSummary,
)
from mlid_desktop.site_fields.schema import NO_FIELDS
from mlid_desktop.vault.audit.log import Note
from mlid_desktop.vault.store.own_time import CLOCKS
from mlid_desktop.vault.store.vault_time import LATEST, VaultTime, vault_time
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord
from mlid_desktop.vault.subjects.suspicion_log import Attempt
from tests.doubles import DESK_OPENS, FixedClock
from tests.makers import ENROLLED, INDEX


@dataclass(frozen=True)
class PaperDraft:
    """Of one person, who names it."""

    draft_id: str
    subject_id: str
    attempt_id: str
    content: bytes


@dataclass
class Paper:
    """What is on disk: it outlives a kill."""

    failed: dict[str, int] = field(default_factory=dict)
    last_at: dict[str, datetime] = field(default_factory=dict)
    suspicions: list[NotedSuspicion] = field(default_factory=list)
    audit: list[str] = field(default_factory=list)
    drafts: dict[str, PaperDraft] = field(default_factory=dict)
    people: dict[str, SubjectSummary] = field(default_factory=dict)
    newest: datetime = DESK_OPENS
    facts: dict[str, bytes] = field(default_factory=dict)
    full: bool = False


def person(number: str, *characteristics: Characteristic) -> SubjectSummary:
    """Somebody who is enrolled."""
    return SubjectSummary(f"{number:0>32}", number, f"Person {number}", ENROLLED, characteristics)


class PaperVault:
    """The part of a vault that services of attempts ask. ``paper`` is what a kill leaves."""

    def __init__(self, paper: Paper, clock: FixedClock) -> None:
        self.paper, self.clock = paper, clock
        self.operator = Operator("sup", Role.SUPERVISOR)
        self.identity = SimpleNamespace(demo=False, created_at=DESK_OPENS)
        self.audit = SimpleNamespace(append=self._append, newest_checkpoint=lambda: None)
        self.suspicions = self
        self.site_fields = SimpleNamespace(schema=lambda: NO_FIELDS)
        self.figures = SimpleNamespace(add=lambda _: None)
        self.register = SimpleNamespace(  # in none
            require_fresh=lambda _: None, attempts=SimpleNamespace(hear=lambda _: None)
        )
        self.drafts = SimpleNamespace(
            save=self._save_draft,
            load=lambda name: paper.drafts[name].content,
            all=lambda: tuple(paper.drafts.values()),
        )

    @property
    def time(self) -> VaultTime:
        """The time that a vault would go by."""
        return vault_time(self.paper.facts, DESK_OPENS, self.clock)

    def attempts(self, key: str) -> AttemptRecord:
        """Failures in a row."""
        set_back = self.time.now < self.paper.newest
        return AttemptRecord(self.paper.failed.get(key, 0), self.paper.last_at.get(key), set_back)

    def count_attempt(self, key: str, without_register: object = None) -> AttemptRecord:
        """One more, before anything is compared."""
        self._write()
        self._count(key)
        return self.attempts(key)

    def withdraw_attempt(
        self, key: str, *, note: Note | None = None, attempt_id: str = "", measured: object = ()
    ) -> None:
        """One less, unless a suspicion ended it."""
        self._write(note)
        if not self._is_noted(attempt_id):
            self.paper.failed[key] = max(0, self.paper.failed.get(key, 0) - 1)

    def record_outcome(
        self,
        key: str,
        *,
        accepted: bool,
        note: Note | None = None,
        attempt_id: str = "",
        touches: object = (),
        renewals: object = (),
        measured: object = (),
    ) -> None:
        """An acceptance clears the count."""
        if accepted:
            self.require_none(attempt_id)
        self._write(note)
        if accepted:
            self.paper.failed[key] = 0
            self._stand(key, (SuspicionStanding.OPEN,), SuspicionStanding.MET)

    def save(self, enrolment: Enrolment) -> None:
        """Somebody is enrolled."""
        self.require_none(enrolment.attempt_id)
        self._write()
        kept = tuple(capture.characteristic for capture in enrolment.captures)
        candidate = f"candidate/{enrolment.details.number}"
        subject = enrolment.subject_id
        self.paper.people[subject] = person(enrolment.details.number, *kept)
        self.paper.people[subject] = replace(self.paper.people[subject], subject_id=subject)
        self.paper.failed[subject] = self.paper.failed.pop(candidate, 0)
        self.paper.suspicions = [
            replace(noted, subject_id=subject) if noted.subject_id == candidate else noted
            for noted in self.paper.suspicions
        ]
        self._stand(subject, (SuspicionStanding.OPEN,), SuspicionStanding.MET)
        self.paper.drafts.pop(subject, None)

    def find(self, number: str) -> SubjectSummary | None:
        """By number."""
        return next((known for known in self.paper.people.values() if known.number == number), None)

    def people_with(self, number: str) -> tuple[SubjectSummary, ...]:
        """By number, in any spelling; here there is one."""
        found = self.find(number)
        return () if found is None else (found,)

    def directory(self) -> tuple[SubjectSummary, ...]:
        """Everybody."""
        return tuple(self.paper.people.values())

    @property
    def people(self) -> PaperVault:
        """Tells who is enrolled."""
        return self

    def those(self, subject_ids: Iterable[str]) -> dict[str, SubjectSummary]:
        """Those who are enrolled."""
        known = self.paper.people
        return {subject_id: known[subject_id] for subject_id in subject_ids if subject_id in known}

    def record(self, subject_id: str) -> SubjectRecord:
        """Of somebody who agreed to everything on the day of enrolment."""
        known = self.paper.people[subject_id]
        agreed = Consent(ConsentOutcome.ACCEPTED, "1", "en", ENROLLED)
        return SubjectRecord(subject_id, Details(known.number, known.name), agreed, (), known.enrolled_at)

    def is_enrolled(self, subject_id: str) -> bool:
        """Whether somebody is."""
        return subject_id in self.paper.people

    def references(self, _: str) -> tuple[object, ...]:
        """Nothing that the machine's pipeline would look at."""
        return ()

    def touches(self, _: str) -> tuple[object, ...]:
        """No image of a finger was kept."""
        return ()

    def note(self, suspicion: Suspicion, attempt: Attempt) -> None:
        """Once for each attempt."""
        if self._is_noted(attempt.attempt_id):
            return
        self._write()
        if attempt.draft_of:
            self.paper.drafts.pop(attempt.draft_of, None)
        if attempt.subject_id and attempt.journey is not Journey.VERIFICATION:
            self._count(attempt.subject_id)
        self.paper.audit.append("suspicion.noted")
        self.paper.suspicions.append(
            NotedSuspicion(
                self.time.now,
                attempt.journey,
                attempt.attempt_id,
                attempt.subject_id,
                suspicion.characteristic.modality,
                suspicion.device.key,
                suspicion.device.name,
                self.operator.name,
                SuspicionStanding.OPEN,
            )
        )

    def key_of(self, subject_id: str, number: str) -> str:
        """Person or candidate."""
        return subject_id if subject_id in self.paper.people or not number else f"candidate/{number}"

    def require_none(self, attempt_id: str) -> None:
        """Nothing is made of an attempt that a suspicion ended."""
        if self._is_noted(attempt_id):
            raise UsageError(Code.USAGE_ATTEMPT_ENDED)

    def of_person(self, key: str) -> tuple[NotedSuspicion, ...]:
        """In the order they were noted."""
        return tuple(noted for noted in self.paper.suspicions if key and noted.subject_id == key)

    def of_searches_with(self, device: DeviceIdentity) -> tuple[NotedSuspicion, ...]:
        """Whoever was at the desk."""
        return tuple(noted for noted in self._searches() if noted.device == device.key)

    def of_own_searches(self) -> tuple[NotedSuspicion, ...]:
        """With whatever device."""
        return tuple(noted for noted in self._searches() if noted.operator == self.operator.name)

    def release(self, key: str, _reason: ReleaseReason, _document: ShownInstead, second: object) -> None:
        """Two people."""
        if second is None:
            raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
        self._write()
        self.paper.failed[key] = 0
        self._stand(key, (SuspicionStanding.OPEN, SuspicionStanding.MET), SuspicionStanding.RELEASED)

    def _save_draft(
        self, _kind: object, subject_id: str, content: bytes, _replaces: object, *, attempt_id: str
    ) -> PaperDraft:
        self.require_none(attempt_id)
        self._write()
        made = self.paper.drafts[subject_id] = PaperDraft(subject_id, subject_id, attempt_id, content)
        return made

    def _searches(self) -> list[NotedSuspicion]:
        return [noted for noted in self.paper.suspicions if noted.journey is Journey.IDENTIFICATION]

    def _is_noted(self, attempt_id: str) -> bool:
        return any(noted.attempt_id == attempt_id for noted in self.paper.suspicions)

    def _stand(self, key: str, before: tuple[SuspicionStanding, ...], after: SuspicionStanding) -> None:
        self.paper.suspicions = [
            replace(noted, standing=after) if noted.subject_id == key and noted.standing in before else noted
            for noted in self.paper.suspicions
        ]

    def _count(self, key: str) -> None:
        self.paper.failed[key] = self.paper.failed.get(key, 0) + 1
        self.paper.last_at[key] = self.time.now

    def _append(self, event: str, _facts: Mapping[str, AuditFact]) -> None:
        self._write()
        self.paper.audit.append(event)

    def _write(self, note: Note | None = None) -> None:
        """As a transaction does: a clock that was set back starts every delay anew."""
        if self.paper.full:
            raise VaultError(Code.VAULT_DISK_FULL)
        now = self.time.now
        if now < self.paper.newest:
            self.paper.last_at = {key: min(at, now) for key, at in self.paper.last_at.items()}
            self.paper.suspicions = [replace(noted, at=min(noted.at, now)) for noted in self.paper.suspicions]
        self.paper.newest = now
        latest = datetime.fromisoformat(self.paper.facts.get(LATEST, DESK_OPENS.isoformat().encode()).decode())
        clocks = [self.clock.boot(), self.clock.monotonic(), self.clock.now().isoformat()]
        self.paper.facts = {LATEST: max(now, latest).isoformat().encode(), CLOCKS: json.dumps(clocks).encode()}
        if note is not None:
            self.paper.audit.append(note.event)


def two_people() -> Paper:
    """Somebody with face and finger, and somebody with a face alone."""
    both, face = person("1", FACE, INDEX), person("2", FACE)
    return Paper(people={both.subject_id: both, face.subject_id: face})
