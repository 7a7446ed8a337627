"""Masks what names a person, a machine, a network or a device in a text that leaves the site."""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_IP6 = r"(?:[0-9a-f]{0,4}:){3}|[0-9a-f:]*::"  # how an address of version 6 begins; a time has two colons
_WINDOWS, _POSIX = r"[^\\\s\"'<>|]+", r"[\w.@+-]+"  # a word of a folder's name: spaces are known by what follows
PATTERNS: Final = (
    (re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE), "<address>"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<mail>"),
    (re.compile(r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", re.IGNORECASE), "<hardware address>"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"), "<network address>"),
    (re.compile(rf"(?<![\w.:])(?={_IP6})[0-9a-f:]+(?:%\w+)?", re.IGNORECASE), "<network address>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<identifier>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b", re.IGNORECASE), "<identifier>"),
    (re.compile(r"(?<![\d-])\+?(?!\d{4}-\d{2}-\d{2}\b)\d(?:[ ().-]?\d){6,}"), "<number>"),
    (re.compile(r"\b(?=\w*\d\w*\d\w*\d)(?=\w*[A-Z])[A-Z0-9]{8,}\b"), "<serial>"),
    (re.compile(rf"(?:[A-Za-z]:|\\)\\+(?:{_WINDOWS}(?: {_WINDOWS})*\\+)*(?:{_WINDOWS})?"), "<path>"),
    (re.compile(rf"(?<![\w<./~])/(?:{_POSIX}(?: {_POSIX})*/)*{_POSIX}"), "<path>"),
)
SHORTEST_NAME: Final = 3  # a shorter account or host name stands in too many words


class Masking:
    """Replaces named texts, longest first and whatever their case, then whatever looks like an address, a path, a
    number or a serial."""

    def __init__(self, names: Mapping[str, str]) -> None:
        ordered = sorted(((text, mark) for text, mark in names.items() if text), key=lambda item: -len(item[0]))
        self._names = tuple((re.compile(_whole(text), re.IGNORECASE), mark) for text, mark in ordered)

    def __call__(self, text: str) -> str:
        """The text with every name and everything of a telling form replaced by a mark."""
        for name, mark in self._names:
            text = name.sub(mark, text)
        for pattern, mark in PATTERNS:
            text = pattern.sub(mark, text)
        return text


def names_of_this_machine(vaults: Path) -> dict[str, str]:
    """The names that this machine would give away, with their marks: folders, account and host, the latter also without
    its domain."""
    names = {str(vaults): "<vaults>", str(Path.home()): "<home>"}
    for ask, mark in ((getpass.getuser, "<user>"), (socket.gethostname, "<host>")):
        try:
            name = ask()
        except (OSError, KeyError, ImportError):
            continue
        names |= {form: mark for form in (name, name.partition(".")[0]) if len(form) >= SHORTEST_NAME}
    return names


def _whole(text: str) -> str:
    """A pattern of the text as whole words, so that the account "ann" does not tear "channel"."""
    begins = r"(?<!\w)" if text[:1].isalnum() else ""
    ends = r"(?!\w)" if text[-1:].isalnum() else ""
    return f"{begins}{re.escape(text)}{ends}"
