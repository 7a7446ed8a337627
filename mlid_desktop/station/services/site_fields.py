"""The site's own fields at the desk: their schema, what is taken of a person who agreed to it, and corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import Consent, ConsentUse, Details, SubjectSummary
from mlid_desktop.site_fields.reading import read_schema
from mlid_desktop.site_fields.schema import FieldSchema, Shown, SiteField, Values
from mlid_desktop.site_fields.values import Checked, check, check_all, recheck
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.text.consent_texts import consent_texts
from mlid_desktop.vault.unlocked.site_fields import FieldChange

__all__ = ["FieldChange", "SiteFieldService"]


class SiteFieldService:
    """Serves the site's own fields. Call on the vault thread."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    def schema(self) -> FieldSchema:
        """The fields in force. Raises VaultError(VAULT_DAMAGED) where no supervisor signed them."""
        return self._session.vault.site_fields.schema()

    def read(self, untrusted: bytes) -> FieldSchema:
        """Reads a schema for this desk: no field is kept for longer than the consent texts let the desk keep anything.
        Raises UsageError(USAGE_FIELDS_INVALID)."""
        return read_schema(untrusted, min(text.retention_days for text in consent_texts()))

    def store(self, schema: FieldSchema, second: SecondPerson | None) -> FieldChange:
        """Puts another schema in force; it takes two. Raises UsageError(USAGE_FIELDS_BUSY), VaultError."""
        return self._session.vault.site_fields.store(schema, second)

    def people_left(self) -> int:
        """How many people are still to be looked at for values that are to be destroyed."""
        return self._session.vault.site_fields.people_left()

    def erase_next(self) -> int:
        """Destroys what is to be destroyed of the next people, and gives how many are left. Raises VaultError."""
        return self._session.vault.site_fields.erase_next()

    def due(self) -> Mapping[str, int]:
        """Of how many people a value's period is over, by the names of fields."""
        return self._session.vault.site_fields.due()

    def erase_due(self, second: SecondPerson | None) -> int:
        """Begins to destroy the values whose period is over; it takes two. Gives how many people are to be looked
        at."""
        return self._session.vault.site_fields.erase_due(second)

    def values(self, typed: Mapping[str, str], where: Shown = Shown.DETAILS) -> Values:
        """What was typed into fields, by their names, as it is kept. Raises UsageError(USAGE_FIELD_INVALID) for the
        first that cannot be, USAGE_BAD_ARGUMENT for a name that no field has there."""
        schema = self.schema()
        if typed.keys() - {known.name for known in schema.shown_in(where)}:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--field NAME=…")
        values, problems = check_all(schema, typed, self._session.now().date(), where)
        _refuse_first(problems)
        return values

    def require_fit(self, subject_id: str, details: Details, consent: Consent | None) -> Details:
        """The details with the values that the person agreed to and the site records today. Raises UsageError:
        USAGE_FIELD_INVALID where one does not fit or is missing, USAGE_FIELD_TAKEN, USAGE_FIELDS_PROBED."""
        schema = self.schema() if agrees(consent) else FieldSchema()
        fields = schema.known(details.fields)
        _refuse_first(recheck(schema, fields, self._session.now().date()))
        if fields:
            self._session.vault.site_fields.require_unused(subject_id, fields)
        return Details.kept(details.number, details.name, without_movements=details.without_movements, fields=fields)

    def missing(self, subject: SubjectSummary) -> tuple[SiteField, ...]:
        """The required fields that this person is asked for at the next visit; none of somebody who has not agreed to a
        text that speaks of them. Raises VaultError."""
        missing = self.schema().missing(subject.fields)
        return missing if missing and self.asked_of(subject) else ()

    def asked_of(self, subject: SubjectSummary) -> tuple[SiteField, ...]:
        """The fields that may be recorded of this person; none of somebody who has not agreed to a text that speaks of
        them. Raises VaultError."""
        record = self._session.vault.record(subject.subject_id)
        return self.schema().fields if record.withdrawal is None and agrees(record.consent) else ()

    def correct(
        self,
        subject: SubjectSummary,
        second: SecondPerson | None,
        *,
        number: str | None = None,
        name: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        """Corrects what is recorded about a person, without a new capture, and names what changed; None leaves as it
        is, "" empties a field. Number and name take two. Raises UsageError: USAGE_BAD_ARGUMENT, USAGE_NUMBER_TAKEN,
        USAGE_FIELD_INVALID, USAGE_FIELD_TAKEN, USAGE_FIELDS_NOT_AGREED, USAGE_CONSENT_WITHDRAWN; VaultError."""
        vault, schema = self._session.vault, self.schema()
        record = vault.record(subject.subject_id)
        before = record.details
        try:
            number = before.number if number is None else Details(number, "-").number
            name = before.name if name is None else Details("-", name).name
        except ValueError:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--number, --name") from None
        fields = dict(before.fields)
        for field_name, value in (typed or {}).items():
            if field_name not in schema.by_name:
                raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--field NAME=…")
            known = schema.by_name[field_name]
            found = check(known, value, self._session.now().date())
            _refuse_first({field_name: found} if found.problem is not None else {})
            fields[known.key] = found.value
        values = tuple(sorted((key, value) for key, value in fields.items() if value))
        given = dict(before.fields).items()
        if any(pair not in given for pair in values):
            if not agrees(record.consent):
                raise UsageError(Code.USAGE_FIELDS_NOT_AGREED)
            vault.site_fields.require_unused(subject.subject_id, values)
        corrected = Details.kept(number, name, without_movements=before.without_movements, fields=values)
        return vault.corrections.correct(subject.subject_id, corrected, second)


def agrees(consent: Consent | None) -> bool:
    """Whether a person agreed to a text that speaks of the site's own fields."""
    return consent is not None and ConsentUse.SITE_FIELDS in consent.covers


def row_values(fields: FieldSchema, cells: Mapping[str, str], consent: Consent, today: date) -> Values:
    """The values of an import list's row. Raises ValueError with a word for what is wrong: where somebody has values
    who agreed to no text that speaks of the fields, or with the name of the first that cannot be kept."""
    typed = {known.name: _unquoted(cells.get(known.name, "")) for known in fields.shown_in(Shown.IMPORT)}
    if not any(value.strip() for value in typed.values()):
        return ()
    if not agrees(consent):
        raise ValueError("fields_not_agreed")
    values, problems = check_all(fields, typed, today, Shown.IMPORT)
    if problems:
        raise ValueError(f"field/{next(iter(problems))}")
    return values


def _unquoted(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {"=", "+", "-", "@"} else cell


def _refuse_first(problems: Mapping[str, Checked]) -> None:
    for name, found in problems.items():
        problem = "" if found.problem is None else found.problem.value
        raise UsageError(Code.USAGE_FIELD_INVALID, field=name, problem=problem, limit=found.limit)
