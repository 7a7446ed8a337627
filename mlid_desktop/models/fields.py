"""Reads the fields of a TOML table one by one; fields left over at the end are unknown and refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

MAX_TEXT = 2048
MAX_URL = 512

Value = TypeVar("Value")
Check = Callable[[str, object], Value]


class ManifestFault(Exception):  # noqa: N818 - the house says fault; it never leaves the room
    """Raised for a field of the manifest that is wrong: where it is, and how."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class Fields:
    """An untrusted TOML table named ``where``. Each method takes one field, checks it and raises ManifestFault if
    wrong."""

    def __init__(self, where: str, untrusted: object) -> None:
        if not isinstance(untrusted, dict):
            raise ManifestFault(where, "not a table")
        self._where = where
        self._left: dict[str, Any] = dict(untrusted)

    def at(self, name: str) -> str:
        """The path of a field in the manifest, for messages."""
        return f"{self._where}.{name}" if self._where else name

    def has(self, name: str) -> bool:
        """Whether the field is present and not yet taken."""
        return name in self._left

    def end(self) -> None:
        """Refuses fields that were not taken."""
        if self._left:
            raise ManifestFault(self.at(min(self._left)), "unknown field")

    def take(self, name: str) -> object:
        """Takes a field, unchecked. Raises ManifestFault where it is missing."""
        if name not in self._left:
            raise ManifestFault(self.at(name), "missing")
        return self._left.pop(name)

    def text(self, name: str, pattern: str | None = None, *, optional: bool = False) -> str:
        """Takes a line of text that matches ``pattern`` as a whole; "" where it is optional and absent."""
        if optional and name not in self._left:
            return ""
        return matching(pattern)(self.at(name), self.take(name))

    def integer(self, name: str, least: int, most: int) -> int:
        """Takes a whole number within bounds."""
        value = self.take(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ManifestFault(self.at(name), f"not a whole number from {least} to {most}")
        return value

    def number(self, name: str) -> float:
        """Takes a finite number."""
        value = self.take(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ManifestFault(self.at(name), "not a number")
        return float(value)

    def flag(self, name: str) -> bool:
        """Takes a true or false; false where it is absent."""
        value = self._left.pop(name, False)
        if not isinstance(value, bool):
            raise ManifestFault(self.at(name), "neither true nor false")
        return value

    def sequence(self, name: str, most: int, check: Check[Value], *, least: int = 0) -> tuple[Value, ...]:
        """Takes a list of at most ``most`` values, each checked."""
        values = self.take(name)
        if not isinstance(values, list) or not least <= len(values) <= most:
            raise ManifestFault(self.at(name), f"not a list of {least} to {most} values")
        return tuple(check(f"{self.at(name)}[{index}]", value) for index, value in enumerate(values))

    def table(self, name: str) -> Fields:
        """Takes a nested table."""
        return Fields(self.at(name), self.take(name))

    def tables(self, name: str, most: int) -> tuple[Fields, ...]:
        """Takes a list of tables; none where the field is absent."""
        return self.sequence(name, most, Fields) if name in self._left else ()


def items(fields: Fields) -> Iterator[tuple[str, object]]:
    """Takes every field of a table whose keys are free."""
    while fields._left:
        name = next(iter(fields._left))
        yield name, fields.take(name)


def matching(pattern: str | None) -> Check[str]:
    """Makes a check for one line of printable text that matches ``pattern`` as a whole."""

    def check(where: str, untrusted: object) -> str:
        if not isinstance(untrusted, str) or not 0 < len(untrusted) <= MAX_TEXT or not untrusted.isprintable():
            raise ManifestFault(where, "not a line of text")
        if pattern is not None and re.fullmatch(pattern, untrusted) is None:
            raise ManifestFault(where, "malformed")
        return untrusted

    return check


def url(where: str, untrusted: object) -> str:
    """Checks an https address of a file, without credentials."""
    text = matching(None)(where, untrusted)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ManifestFault(where, "not a URL") from None
    if len(text) > MAX_URL or parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not parts.path:
        raise ManifestFault(where, "not an https URL of a file")
    return text


def frozen(values: dict[str, Value]) -> Mapping[str, Value]:
    """A read-only view of a mapping."""
    return MappingProxyType(values)
