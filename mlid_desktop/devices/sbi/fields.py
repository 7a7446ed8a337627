"""Reads fields of a device service's answers; what is not of the kind and size it must be is refused."""

from __future__ import annotations

import base64
import binascii
import json
import math
from datetime import datetime
from typing import Any

from mlid_desktop.domain.errors import Code, DeviceError

MAX_ENTRIES = 16
MAX_TEXT = 200
MAX_IDENTITY_CHARACTERS = 64 * 1024


def decode_unsigned(untrusted_text: object) -> bytes:
    """The payload of a part that the specification sends without a signature, or with one that is not checked here: for
    lists of what is connected alone. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    if not isinstance(untrusted_text, str) or len(untrusted_text) > MAX_IDENTITY_CHARACTERS:
        raise bad_answer("digitalId")
    parts = untrusted_text.split(".")
    return decode(parts[1] if len(parts) == 3 else parts[0])


def decode(untrusted_text: str) -> bytes:
    """Decodes base64 of RFC 4648 section 5 without padding, as JWS has it; padding is let pass. Raises
    DEVICE_BAD_ANSWER."""
    bare = untrusted_text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise bad_answer("base64") from None


def read_json(untrusted: bytes) -> Any:
    """Parses JSON of an answer. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    try:
        return json.loads(untrusted)
    except (ValueError, RecursionError):
        raise bad_answer("json") from None


def instant(untrusted: str) -> datetime:
    """Parses a time of ISO 8601 with its zone. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    try:
        made = datetime.fromisoformat(untrusted)
    except ValueError:
        raise bad_answer("timestamp") from None
    if made.tzinfo is None:
        raise bad_answer("timestamp")
    return made


def score(untrusted: object) -> float | None:
    """A quality score 0..100, sent as a number or as text; None for anything else."""
    try:
        number = float(untrusted) if isinstance(untrusted, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if 0.0 <= number <= 100.0 else None


def require_list(untrusted: object) -> list[Any]:
    """Requires a list of no more than :data:`MAX_ENTRIES`. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    if not isinstance(untrusted, list) or len(untrusted) > MAX_ENTRIES:
        raise bad_answer("list")
    return untrusted


def fields_of(untrusted: object) -> dict[str, Any]:
    """Requires a JSON object, and returns its fields. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    if not isinstance(untrusted, dict):
        raise bad_answer("object")
    return untrusted


def text(fields: dict[str, Any], name: str, most: int = MAX_TEXT) -> str:
    """A field's text, its number as text, or an empty text where it is absent. Raises
    DeviceError(DEVICE_BAD_ANSWER)."""
    untrusted = fields.get(name)
    if untrusted is None:
        return ""
    if isinstance(untrusted, int) and not isinstance(untrusted, bool) and abs(untrusted) < 10**15:
        return str(untrusted)
    if not isinstance(untrusted, str) or len(untrusted) > most:
        raise bad_answer(name)
    return untrusted if most > MAX_TEXT else "".join(letter for letter in untrusted if letter.isprintable()).strip()


def texts(untrusted: object) -> tuple[str, ...]:
    """Requires a list of texts; a single text counts as one. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    values = untrusted if isinstance(untrusted, list) else [] if untrusted is None else [untrusted]
    if len(values) > MAX_ENTRIES:
        raise bad_answer("list")
    return tuple(shown for shown in (text({"value": value}, "value") for value in values) if shown)


def bad_answer(what: str) -> DeviceError:
    """The fault for an answer that no device service gives; ``what`` names the part."""
    return DeviceError(Code.DEVICE_BAD_ANSWER, what=what)
