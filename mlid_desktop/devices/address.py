"""Addresses of sources, as people type them: ``camera:0``, ``file:clip.mp4``, ``simulated:face?seed=7``."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mlid_desktop.domain.errors import Code, DeviceError

MAX_ADDRESS_LENGTH = 2048
MAX_OPTIONS = 16
LOCAL_SCHEMES = frozenset({"camera", "file", "dir", "image", "simulated"})
NETWORK_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})
MASK = "***"


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """``scheme``, then what it names, then options. Credentials of a network address are never printed."""

    scheme: str
    target: str = field(repr=False)
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, untrusted: str) -> SourceAddress:
        """The address in this text. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
        scheme, separator, rest = untrusted.strip().partition(":")
        known = scheme.lower() in LOCAL_SCHEMES | NETWORK_SCHEMES
        if not separator or not known or len(untrusted) > MAX_ADDRESS_LENGTH or not untrusted.isprintable():
            raise DeviceError(Code.DEVICE_BAD_ADDRESS)
        if scheme.lower() in NETWORK_SCHEMES:
            return cls._network(scheme.lower(), rest)
        target, _, query = rest.partition("?")
        if not target:
            raise DeviceError(Code.DEVICE_BAD_ADDRESS)
        return cls(scheme.lower(), target, _options(query))

    @classmethod
    def _network(cls, scheme: str, rest: str) -> SourceAddress:
        try:
            parts = urlsplit(f"{scheme}:{rest}")
            host = parts.hostname
            port = parts.port
        except ValueError:
            raise DeviceError(Code.DEVICE_BAD_ADDRESS) from None
        if not host or port == 0:
            raise DeviceError(Code.DEVICE_BAD_ADDRESS)
        return cls(scheme, rest)

    def __str__(self) -> str:
        query = f"?{urlencode(self.options)}" if self.options else ""
        return f"{self.scheme}:{self.target}{query}"

    @property
    def masked(self) -> str:
        """For people and logs: a network address without its credentials and query."""
        if self.scheme not in NETWORK_SCHEMES:
            return str(self)
        parts = urlsplit(str(self))
        host = parts.netloc.rpartition("@")[2]
        shown = f"{MASK}@{host}" if "@" in parts.netloc else host
        return urlunsplit((parts.scheme, shown, parts.path, "", ""))

    def integer(self, name: str, default: int | None, least: int, most: int) -> int | None:
        """An option as a number within bounds, or the default. Raises DeviceError(DEVICE_BAD_ADDRESS)."""
        text = dict(self.options).get(name)
        if text is None:
            return default
        digits = text.removeprefix("-")
        if not digits.isascii() or not digits.isdigit() or len(digits) > 12 or not least <= int(text) <= most:
            raise DeviceError(Code.DEVICE_BAD_ADDRESS, option=name)
        return int(text)


def _options(query: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=MAX_OPTIONS))
    except ValueError:
        raise DeviceError(Code.DEVICE_BAD_ADDRESS) from None
