"""``mlid records``: lists who is enrolled, shows one person's record, erases a person."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import EXIT_NOT_HANDED_OUT, Program, UnlockedProgram, handed_out, leave
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import Erased, ErasureReason, SubjectSummary
from mlid_desktop.site_fields.schema import Shown
from mlid_desktop.station.documents.erasure_certificate import erasure_certificate
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.pdf import write_sheet
from mlid_desktop.station.documents.people_csv import people_csv
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import ERASURES, characteristic_name


class RecordAction(StrEnum):
    """Actions of ``mlid records``."""

    LIST = "list"
    SHOW = "show"
    ERASE = "erase"
    DUE = "due"
    SHARED = "shared"
    EXPORT = "export"


def records(
    vault: options.VaultOption,
    action: Annotated[RecordAction, typer.Argument(help=_("What to do."))] = RecordAction.LIST,
    number: Annotated[str | None, typer.Argument(help=_("Whose record."))] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    reason: Annotated[
        ErasureReason, typer.Option("--reason", help=_("Why the person is erased."))
    ] = ErasureReason.REQUESTED,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help=_("Write the certificate of the erasure to this PDF."))
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help=_("Write the list of everybody to this CSV."))] = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Who is enrolled; one person's record; erase a person; whose time is over; who shares a number; a list as CSV."""
    program = Program.start(as_json=as_json)
    if action in (RecordAction.SHOW, RecordAction.ERASE) and number is None:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="NUMBER")
    if reason is ErasureReason.FIELD:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--reason")
    if certificate is not None:
        options.require_output(certificate, passphrase_file, second_passphrase_file, replace=force)
    if action is RecordAction.EXPORT:
        if out is None:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--out")
        options.require_output(out, passphrase_file, second_passphrase_file, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        if action is RecordAction.EXPORT and out is not None:
            confirmed = unlocked.require_second(Act.EXPORT_PERSON, second, second_passphrase_file)
            schema, people = unlocked.session.site_fields.schema(), unlocked.session.subjects.export(confirmed)
            write_private(out, people_csv(people, schema), replace=force)
            program.output.written(out, people=len(people))
        elif action is RecordAction.DUE:
            _list_due(unlocked)
        elif action is RecordAction.SHARED:
            _list_shared(unlocked)
        elif action is RecordAction.LIST or number is None:
            _list_records(unlocked)
        elif action is RecordAction.SHOW:
            _show_record(unlocked, unlocked.session.subjects.by_number(number))
        else:
            subject = unlocked.session.subjects.by_number(number)
            erased = unlocked.session.subject_rights.erase(
                subject, unlocked.require_second(Act.ERASE, second, second_passphrase_file), reason
            )
            _report_erasure(unlocked, subject, erased, certificate, replace=force)


def _report_erasure(
    unlocked: UnlockedProgram, subject: SubjectSummary, erased: Erased, certificate: Path | None, *, replace: bool
) -> None:
    language = unlocked.program.language
    lines, written = [language.text("Erased {number}.", number=subject.number)], True
    if certificate is not None:
        sheet = erasure_certificate(subject, erased, unlocked.session.vault_id, language)
        written = handed_out(unlocked.program, lambda: write_sheet(certificate, sheet, language, replace=replace))
        if written:
            lines.append(language.text("Written to {path}.", path=str(certificate)))
    held = len(erased.backups)
    if held:
        lines.append(
            language.plural(
                "{number} backup may still hold the person.", "{number} backups may still hold the person.", held
            )
        )
    document = {
        "erased": subject.number,
        "ledger_entry": erased.entry.sequence,
        "backups_that_may_hold_the_person": [
            {"backup": backup.backup_id, "made_at": backup.made_at.isoformat(), "place": backup.location}
            for backup in erased.backups
        ],
    }
    unlocked.program.output.result(document, lines)
    if not written:
        leave(EXIT_NOT_HANDED_OUT)


def _list_due(unlocked: UnlockedProgram) -> None:
    language = unlocked.program.language
    found = unlocked.session.subject_rights.due()
    people = unlocked.session.subjects.people([erasure.subject_id for erasure in found])
    due = [(people[erasure.subject_id], erasure) for erasure in found]
    document = {
        "due": [
            {
                "number": person.number,
                "name": person.name,
                "due_on": erasure.due_on.isoformat(),
                "reason": erasure.reason.value,
            }
            for person, erasure in due
        ]
    }
    rows = [
        (person.number, person.name, erasure.due_on.isoformat(), language.text(ERASURES[erasure.reason]))
        for person, erasure in due
    ]
    heads = [language.text(head) for head in (_("Number"), _("Name"), _("Due"), _("Reason"))]
    unlocked.program.output.table(document, heads, rows, language.text("Nobody is due to be erased."))


def _list_shared(unlocked: UnlockedProgram) -> None:
    language = unlocked.program.language
    together = unlocked.session.subject_rights.sharing_numbers()
    document = {
        "shared": [[{"subject": person.subject_id, **_summary(person)} for person in people] for people in together]
    }
    rows = [(person.number, person.name, person.subject_id) for people in together for person in people]
    heads = [language.text(head) for head in (_("Number"), _("Name"), _("Identifier"))]
    unlocked.program.output.table(document, heads, rows, language.text("Nobody shares a number."))


def _list_records(unlocked: UnlockedProgram) -> None:
    language = unlocked.program.language
    people = sorted(unlocked.session.subjects.everybody(), key=lambda person: person.number)
    listed = unlocked.session.site_fields.schema().shown_in(Shown.LIST)

    def of_fields(person: SubjectSummary) -> dict[str, str]:
        given = dict(person.fields)
        return {known.name: known.masked(given.get(known.key, ""), language.code, Shown.LIST) for known in listed}

    document = {"subjects": [_summary(person) | {"fields": of_fields(person)} for person in people]}
    rows = [
        (
            person.number,
            person.name,
            *of_fields(person).values(),
            language.date(person.enrolled_at),
            ", ".join(characteristic_name(characteristic, language) for characteristic in person.characteristics),
        )
        for person in people
    ]
    heads = [
        language.text("Number"),
        language.text("Name"),
        *(known.label(language.code) for known in listed),
        language.text("Enrolled"),
        language.text("Enrolled with"),
    ]
    unlocked.program.output.table(document, heads, rows, language.text("Nobody is enrolled here yet."))


def _summary(person: SubjectSummary) -> dict[str, Any]:
    return {
        "number": person.number,
        "name": person.name,
        "enrolled_at": person.enrolled_at.isoformat(),
        "characteristics": [str(characteristic) for characteristic in person.characteristics],
        "standing": person.standing.value,
        "without_movements": person.without_movements,
    }


def _show_record(unlocked: UnlockedProgram, person: SubjectSummary) -> None:
    record = unlocked.session.subjects.record(person.subject_id)
    language = unlocked.program.language
    references = unlocked.session.subjects.references(person.subject_id)
    fields = unlocked.session.site_fields
    schema, missing, given = fields.schema(), fields.missing(person), dict(person.fields)
    document = _summary(person) | {
        "fields": {known.name: given[known.key] for known in schema.fields if given.get(known.key)},
        "asked_at_next_visit": [known.name for known in missing],
        "consent": {
            "outcome": record.consent.outcome.value,
            "text_version": record.consent.text_version,
            "language": record.consent.language,
            "given_at": record.consent.given_at.isoformat(),
            "purpose": record.consent.purpose,
            "covers": sorted(use.value for use in record.covers),
            "withdrawn_at": None if record.withdrawal is None else record.withdrawal.at.isoformat(),
        },
        "exceptions": [
            {"characteristic": str(exception.characteristic), "reason": exception.reason.value}
            for exception in record.exceptions
        ],
        "references": [
            {
                "characteristic": str(reference.template.characteristic),
                "quality": reference.quality,
                "source": reference.provenance.kind.value,
                "extractor": reference.template.extractor.name,
                "made_by": reference.template.extractor.key,
                "created_at": reference.created_at.isoformat(),
            }
            for reference in references
        ],
    }
    lines = [
        f"{person.number}  {person.name}",
        language.text("Enrolled on {date}.", date=language.date(person.enrolled_at)),
    ]
    lines += [
        f"  {known.label(language.code)}: {known.display(given[known.key], language.code, language.day)}"
        for known in schema.fields
        if given.get(known.key)
    ]
    if missing:
        asked = ", ".join(known.label(language.code) for known in missing)
        lines.append(language.text("To be asked for at the next visit: {fields}", fields=asked))
    lines += [
        f"  {characteristic_name(reference.template.characteristic, language)}: "
        + language.text("quality {quality} of 100", quality=reference.quality)
        for reference in references
    ]
    unlocked.program.output.result(document, lines)
