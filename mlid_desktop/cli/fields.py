"""``mlid fields``: the site's own fields, what is asked of them, and what may be typed into them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.context import Program
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.site_fields.reading import MAX_SCHEMA_BYTES, read_schema
from mlid_desktop.site_fields.schema import FieldSchema, SiteField
from mlid_desktop.site_fields.values import check
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


FIELD_HEADS = (_("Field"), _("Label"), _("Kind"), _("Kept for"), _("Asked"), _("Shown in"))


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
