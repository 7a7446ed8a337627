"""The file formats of finger templates, apart from the code that writes them: listing them loads no decoder."""

from __future__ import annotations

from enum import StrEnum


class StoredFormat(StrEnum):
    """A file format of finger templates; a standard without a year means its newest edition."""

    NATIVE = "native"
    ISO = "iso19794-2"
    ISO_2011 = "iso19794-2:2011"
    ISO_2005 = "iso19794-2:2005"
    ANSI = "ansi378"
    ANSI_2009_AM1 = "ansi378-2009-am1"
    ANSI_2009 = "ansi378-2009"
    ANSI_2004 = "ansi378-2004"
