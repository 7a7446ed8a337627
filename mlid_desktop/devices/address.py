"""Addresses of sources, as people type them: ``camera:0``, ``reader:0``, ``file:clip.mp4``,
``simulated:face?seed=7``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mlid_desktop.domain.errors import Code, DeviceError

MAX_ADDRESS_LENGTH = 2048
MAX_OPTIONS = 16
MAX_DIGITS = 12
MASK = "***"
UNPRINTED = frozenset({"Cc", "Cs", "Zl", "Zp"})  # Unicode categories: control, half a character, line and page ends
OPTIONS = re.compile(r"[a-z]+=[^&?]*(?:&[a-z]+=[^&?]*)*")


class AddressForm(StrEnum):
    """How the addresses of a scheme are written: ``scheme:target?options`` of this program, or a URL as it stands."""

    LOCAL = "local"
    URL = "url"


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """The address of a source: ``scheme``, ``target`` and ``options``; a URL keeps its options in the target. ``str``
    is what was typed; logs and people get :attr:`masked`, which shows no credentials."""

    scheme: str
    target: str = field(repr=False)
    options: tuple[tuple[str, str], ...] = ()
    form: AddressForm = field(default=AddressForm.LOCAL, repr=False)

    @classmethod
    def parse(cls, untrusted_text: str, forms: Mapping[str, AddressForm]) -> SourceAddress:
        """Parses the text of an address of one of the schemes that ``forms`` knows.

        Raises DeviceError(DEVICE_BAD_ADDRESS) with the part (``what``) that is wrong.
        """
        if len(untrusted_text) > MAX_ADDRESS_LENGTH:
            raise _bad("length")
        scheme, _, rest = untrusted_text.strip().partition(":")
        if any(unicodedata.category(character) in UNPRINTED for character in rest):
            raise _bad("character")
        form = forms.get(scheme.lower())
        if form is None:
            raise _bad("scheme")
        return cls._url(scheme.lower(), rest) if form is AddressForm.URL else cls._local(scheme.lower(), rest)

    @classmethod
    def _url(cls, scheme: str, rest: str) -> SourceAddress:
        """The address of a network stream, kept as typed: its options are for the camera to interpret."""
        try:
            parts = urlsplit(f"{scheme}:{rest}")
            host, port = parts.hostname, parts.port
        except ValueError:
            raise _bad("host") from None
        if not host or port == 0 or "@" in parts.path:  # a password with a slash in it must be percent-encoded
            raise _bad("host")
        return cls(scheme, rest, form=AddressForm.URL)

    @classmethod
    def _local(cls, scheme: str, rest: str) -> SourceAddress:
        """The address of a local source, where the last question mark starts the options if options follow it; else it
        belongs to the file's name."""
        target, mark, query = rest.rpartition("?")
        if not mark or not OPTIONS.fullmatch(query):
            target, query = rest, ""
        if not target:
            raise _bad("target")
        options = tuple(parse_qsl(query, keep_blank_values=True))
        if len(options) > MAX_OPTIONS or len(dict(options)) < len(options):
            raise _bad("options")
        return cls(scheme, target, options)

    def __str__(self) -> str:
        query = f"?{urlencode(self.options)}" if self.options else ""
        return f"{self.scheme}:{self.target}{query}"

    @property
    def masked(self) -> str:
        """The address as people and logs see it: a URL without its credentials, query and fragment."""
        if self.form is not AddressForm.URL:
            return str(self)
        parts = urlsplit(str(self))
        host = parts.netloc.rpartition("@")[2]
        shown = f"{MASK}@{host}" if "@" in parts.netloc else host
        return urlunsplit((parts.scheme, shown, parts.path, "", ""))

    def require_options(self, known: Collection[str]) -> None:
        """Refuses options that the source does not have, so that a slip of the pen shows. Raises
        DeviceError(DEVICE_BAD_ADDRESS)."""
        for name, _ in self.options:
            if name not in known:
                raise _bad("options", option=name)

    def integer(self, name: str, default: int | None, least: int, most: int) -> int | None:
        """An option of the address as a number within bounds, or the default. Raises
        DeviceError(DEVICE_BAD_ADDRESS)."""
        text = dict(self.options).get(name)
        return default if text is None else bounded_integer(text, least, most, option=name)


def bounded_integer(untrusted: str, least: int, most: int, **facts: str) -> int:
    """Parses a number of ASCII digits within bounds. Raises DeviceError(DEVICE_BAD_ADDRESS) with the facts."""
    digits = untrusted.removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS
    if not plain or not least <= int(untrusted) <= most:
        raise _bad("number", least=least, most=most, **facts)
    return int(untrusted)


def _bad(what: str, **facts: str | int) -> DeviceError:
    return DeviceError(Code.DEVICE_BAD_ADDRESS, what=what, **facts)
