"""Writes a schema of a site's fields as TOML: the same bytes for the same schema, readable by people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from mlid_desktop.site_fields.schema import CheckScheme, FieldKind, FieldSchema, SiteField


def schema_bytes(schema: FieldSchema) -> bytes:
    """The schema as TOML in UTF-8, as :func:`.reading.read_schema` reads it."""
    parts = [f"version = {schema.version}\n"]
    parts += ["\n[[field]]\n" + "".join(f"{line}\n" for line in _lines(known)) for known in schema.fields]
    return "".join(parts).encode()


def _lines(known: SiteField) -> Iterator[str]:
    yield f"name = {_text(known.name)}"
    yield f"kind = {_text(known.kind.value)}"
    yield f"since = {known.since}"
    yield f"label = {_texts(known.labels)}"
    yield f"purpose = {_texts(known.purposes)}"
    yield f"days = {known.days}"
    yield f"required = {_flag(on=known.required)}"
    yield f"unique = {_flag(on=known.unique)}"
    for entry, listed in (("shown", known.shown), ("plain", known.plain)):
        yield f"{entry} = [{', '.join(_text(where.value) for where in sorted(listed))}]"
    yield from _lines_of_kind(known)
    if known.licence:
        yield f"licence = {_text(known.licence)}"


def _lines_of_kind(known: SiteField) -> Iterator[str]:
    match known.kind:
        case FieldKind.TEXT | FieldKind.EMAIL | FieldKind.DOCUMENT:
            yield f"length = {known.length}"
        case FieldKind.NUMBER:
            yield f"decimals = {known.decimals}"
            for entry, bound in (("least", known.least), ("most", known.most)):
                if bound is not None:
                    yield f"{entry} = {format(bound, 'f')}"
        case FieldKind.DATE:
            for entry, day in (("earliest", known.earliest), ("latest", known.latest)):
                if day:
                    yield f"{entry} = {_text(day) if day == 'today' else day}"
        case FieldKind.CHOICE:
            yield "choices = ["
            yield from (
                f"    {{ code = {_text(choice.code)}, label = {_texts(choice.labels)} }}," for choice in known.choices
            )
            yield "]"
        case FieldKind.PHONE if known.region:
            yield f"region = {_text(known.region)}"
    if known.kind is FieldKind.DOCUMENT and known.scheme is not CheckScheme.NONE:
        yield f"scheme = {_text(known.scheme.value)}"


def _flag(*, on: bool) -> str:
    return "true" if on else "false"


def _texts(texts: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{language} = {_text(texts[language])}" for language in sorted(texts)) + " }"


def _text(text: str) -> str:
    """A basic string of TOML: one of JSON whose characters can all be shown."""
    return json.dumps(text, ensure_ascii=False)
