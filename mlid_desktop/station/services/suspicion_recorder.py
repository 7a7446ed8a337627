"""Suspicions go to the vault the moment a session has one, whichever thread it was found on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlid_desktop.domain.decisions import Journey
from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.templates import Touch
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.subjects.suspicion_log import Attempt
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.verification import VerificationSession

OF_ENROLLED = (Journey.VERIFICATION, Journey.RE_ENROLMENT)
Attempted = EnrolmentSession | VerificationSession | IdentificationSession
Task = Callable[[], None]
OnVault = Callable[[Task], None]


def run_at_once(task: Task) -> None:
    """For whoever plays all roles on one thread."""
    task()


class SuspicionRecorder:
    """``on_vault`` runs a task on the vault thread and returns when it is done; whoever drives captures on another
    thread sets it. What could not be written is kept, and written before anything else of an attempt is."""

    def __init__(self, session: VaultSession, on_vault: OnVault = run_at_once) -> None:
        self._session = session
        self.on_vault = on_vault
        self._unwritten: list[Attempted] = []

    def record(self, session: object) -> None:
        """Writes the suspicion that the session ended with or, where there is none, that another device took the place
        of the one before in its capture; durable when this returns. From any thread but the vault's. Raises
        VaultError."""
        if not isinstance(session, Attempted):
            return
        if session.suspicion is not None:
            self.on_vault(lambda: self.record_here(session))
        elif session.attempt_id:
            self.on_vault(lambda: self._record_source_change(session))

    def touches_of(self, subject_id: str) -> Sequence[Touch]:
        """The earlier images of a person's fingers, by which a copy is known; none of somebody who is gone meanwhile.
        From any thread but the vault's."""
        found: list[Touch] = []
        self.on_vault(lambda: found.extend(self._touches_here(subject_id)))
        return found

    def _touches_here(self, subject_id: str) -> Sequence[Touch]:
        try:
            return self._session.vault.touches(subject_id)
        except UsageError:
            return ()

    def _record_source_change(self, session: Attempted) -> None:
        attempt = self._attempt_of(session)
        subject = attempt.subject_id if attempt.journey in OF_ENROLLED else ""
        facts = {"attempt": session.attempt_id, "purpose": attempt.journey.value}
        self._session.record_event("source.changed", subject, **facts)

    def record_here(self, session: Attempted) -> None:
        """Records the suspicion of an attempt, called on the vault thread."""
        if session.suspicion is not None and session.attempt_id:  # a rehearsal is no attempt
            self._unwritten.append(session)
            self.settle()

    def settle(self) -> None:
        """Writes what could not be written before. Call on the vault thread. Raises VaultError."""
        while self._unwritten:
            ended = self._unwritten[0]
            if ended.suspicion is not None:
                self._session.vault.suspicions.note(ended.suspicion, self._attempt_of(ended))
            del self._unwritten[0]

    def _attempt_of(self, session: Attempted) -> Attempt:
        match session:
            case VerificationSession():
                return Attempt(session.attempt_id, Journey.VERIFICATION, session.subject_id)
            case IdentificationSession():
                return Attempt(session.attempt_id, Journey.IDENTIFICATION, "")
        number = "" if session.details is None else session.details.number
        key = self._session.vault.suspicions.key_of(session.subject_id, number)
        journey = Journey.RE_ENROLMENT if key == session.subject_id else Journey.ENROLMENT
        return Attempt(session.attempt_id, journey, key, draft_of=session.subject_id)
