"""``mlid fields``: the site's own fields, what is asked of them, and what may be typed into them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program, UnlockedProgram
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act
from mlid_desktop.site_fields.reading import MAX_SCHEMA_BYTES, read_schema
from mlid_desktop.site_fields.schema import FieldSchema, SiteField
from mlid_desktop.site_fields.values import check
from mlid_desktop.site_fields.writing import schema_bytes
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.text.field_terms import KINDS, SHOWN_IN, field_fault
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

field_commands = typer.Typer(no_args_is_help=True, help=_("The site's own fields."))


@field_commands.command("check")
def check_file(
    file: Annotated[Path, typer.Argument(help=_("The fields, as TOML."))],
    field: options.FieldOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check a file of fields, and what would be kept of a value, without changing anything."""
    program = Program.start(as_json=as_json)
    schema = read_schema(read_file(file))
    typed = options.read_fields(field)
    today = program.station.clock.now().date()
    kept: dict[str, str] = {}
    for name, value in typed.items():
        found = check(options.known_field(schema, name), value, today)
        if found.problem is not None:
            raise field_fault(schema.by_name[name], found, program.language)
        kept[name] = found.value
    heads = tuple(program.language.text(head) for head in FIELD_HEADS)
    rows = [_row(known, program.language) for known in schema.fields]
    document = schema_document(schema) | ({"values": kept} if typed else {})
    program.output.table(document, heads, rows, program.language.text("There are no fields of the site's own."))
    if typed and not as_json:
        for name, value in kept.items():
            program.output.result({}, [f"{name} = {value}"])


@field_commands.command("show")
def show(
    vault: options.VaultOption,
    out: Annotated[Path | None, typer.Option("--out", help=_("Write them to this file, as TOML."))] = None,
    force: options.ForceOption = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """The site's own fields, as they are in force."""
    program = Program.start(as_json=as_json)
    if out is not None:
        options.require_output(out, passphrase_file, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        schema = unlocked.session.site_fields.schema()
        if out is not None:
            write_private(out, schema_bytes(schema), replace=force)
            program.output.written(out, **schema_document(schema))
            return
        heads = tuple(program.language.text(head) for head in FIELD_HEADS)
        rows = [_row(known, program.language) for known in schema.fields]
        empty = program.language.text("There are no fields of the site's own.")
        program.output.table(schema_document(schema), heads, rows, empty)


@field_commands.command("set")
def change(
    file: Annotated[Path, typer.Argument(help=_("The fields, as TOML."))],
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Record these fields from now on (supervisor, with a second person); what others held is destroyed."""
    program, untrusted = Program.start(as_json=as_json), read_file(file)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        fields = unlocked.session.site_fields
        schema = fields.read(untrusted)
        changed = fields.store(schema, unlocked.require_second(Act.CHANGE_FIELDS, second, second_passphrase_file))
        _destroy(unlocked)
        text = program.language.text
        lines = [text("From now on: fields, version {number}.", number=changed.schema.version)]
        if changed.gone:
            lines.append(text("What stood in these fields is destroyed: {fields}.", fields=", ".join(changed.gone)))
        if changed.backups:
            lines.append(
                program.language.plural(
                    "{number} backup may still hold such values.",
                    "{number} backups may still hold such values.",
                    len(changed.backups),
                )
            )
        held = [{"backup": backup.backup_id, "place": backup.location} for backup in changed.backups]
        document = {"gone": list(changed.gone), "backups_that_may_hold_values": held}
        program.output.result(schema_document(changed.schema) | document, lines)


@field_commands.command("due")
def list_due(
    vault: options.VaultOption,
    erase: Annotated[bool, typer.Option("--erase", help=_("Destroy these values (with a second person)."))] = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Values whose time is over; earlier work that was cut short is finished."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        _destroy(unlocked)
        fields = unlocked.session.site_fields
        due = dict(fields.due())
        if erase and due:
            fields.erase_due(unlocked.require_second(Act.ERASE, second, second_passphrase_file))
            _destroy(unlocked)
        text = program.language.text
        rows = [(name, str(count)) for name, count in sorted(due.items())]
        empty = text("No value of the site's fields is due to be destroyed.")
        heads = (text("Field"), text("People"))
        program.output.table({"due": due, "erased": erase and bool(due)}, heads, rows, empty)


def _destroy(unlocked: UnlockedProgram) -> None:
    """Destroys all that is to be destroyed; what a kill cut short goes on."""
    while unlocked.session.site_fields.erase_next():
        pass


FIELD_HEADS = (_("Field"), _("What it is called"), _("Kind"), _("Kept for"), _("Asked"), _("Shown in"))


def read_file(file: Path) -> bytes:
    """The bytes of a file of fields. Raises UsageError(USAGE_PATH_MISSING)."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_SCHEMA_BYTES + 1)
    except OSError:
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(file)) from None


def schema_document(schema: FieldSchema) -> dict[str, Any]:
    """The JSON document of a site's fields."""
    return {"version": schema.version, "fields": [_field_document(known) for known in schema.fields]}


def _field_document(known: SiteField) -> dict[str, Any]:
    return {
        "name": known.name,
        "kind": known.kind.value,
        "since": known.since,
        "label": dict(known.labels),
        "purpose": dict(known.purposes),
        "days": known.days,
        "required": known.required,
        "unique": known.unique,
        "shown": sorted(known.shown),
        "plain": sorted(known.plain),
        "choices": [{"code": choice.code, "label": dict(choice.labels)} for choice in known.choices],
        "scheme": known.scheme.value,
    }


def _row(known: SiteField, language: Language) -> tuple[str, ...]:
    asked = [language.text(_("required"))] if known.required else [language.text(_("may be left empty"))]
    asked += [language.text(_("unique"))] if known.unique else []
    return (
        known.name,
        known.label(language.code),
        language.text(KINDS[known.kind]),
        language.plural("{number} day", "{number} days", known.days),
        ", ".join(asked),
        ", ".join(language.text(SHOWN_IN[where]) for where in sorted(known.shown)),
    )
