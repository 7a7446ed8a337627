"""Corrections of what is recorded about a person, without a new capture: number, name, the site's own fields."""

from __future__ import annotations

from dataclasses import replace

from mlid_desktop.domain.errors import Code, RegisterError, UsageError
from mlid_desktop.domain.subjects import Details, SubjectRecord
from mlid_desktop.vault.second_person import Act, SecondPerson
from mlid_desktop.vault.subjects import consent_and_retention, repository, shared_numbers, site_fields, suspicion_log
from mlid_desktop.vault.subjects.suspicion_log import Marks
from mlid_desktop.vault.unlocked.state import VaultState


class Corrections:
    """Corrects what is recorded about people. By number and name they are known: two people answer for those."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def correct(self, subject_id: str, details: Details, second: SecondPerson | None) -> tuple[str, ...]:
        """Puts these details in the place of those that are kept, and names what changed; the audit has the same, and
        no value. Number or name take two. Raises UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_CONSENT_WITHDRAWN,
        USAGE_NUMBER_TAKEN, USAGE_FIELD_TAKEN), VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        state = self._state
        state.require(Act.CORRECT)
        with state.database.reading() as connection:
            before, schema = repository.profile(connection, subject_id, state.keys.subjects), state.fields(connection)
        if before.withdrawal is not None:
            raise UsageError(Code.USAGE_CONSENT_WITHDRAWN)
        identity = _identity_changes(before, details)
        names = {known.key: known.name for known in schema.fields}
        earlier, now = dict(before.details.fields), dict(details.fields)
        fields = tuple(f"field/{names[key]}" for key in names if earlier.get(key) != now.get(key))
        changed = (*identity, *fields)
        if not changed:
            return ()
        confirmed = state.require_two(Act.CORRECT_IDENTITY, second) if identity else ""

        def known() -> None:
            if state.directory is not None and subject_id in state.directory:
                state.directory[subject_id] = replace(
                    state.directory[subject_id], number=details.number, name=details.name, fields=details.fields
                )

        with state.sharing(known) as transaction:
            keys = state.keys.subjects
            if repository.profile(transaction.connection, subject_id, keys) != before:
                raise RegisterError(Code.REGISTER_MOVED_ON)  # another desk corrected it meanwhile
            if "number" in identity:
                shared_numbers.exchange(transaction, subject_id, details.number, keys)
                candidate = Marks(state.keys.audit.entries).candidate(details.number)
                suspicion_log.take_over(transaction, candidate, subject_id)
            site_fields.require_unused(transaction.connection, [(subject_id, details.fields)], schema, keys)
            site_fields.index(transaction, [(subject_id, details.fields)], schema, keys)
            consent_and_retention.correct(transaction, subject_id, details, keys)
            for name in changed:
                state.record(transaction, "subject.corrected", subject=subject_id, name=name, second=confirmed)
        return changed


def _identity_changes(before: SubjectRecord, details: Details) -> tuple[str, ...]:
    pairs = (("number", before.details.number, details.number), ("name", before.details.name, details.name))
    return tuple(name for name, earlier, now in pairs if earlier != now)
