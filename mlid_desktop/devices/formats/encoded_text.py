"""Decodes binary records that were passed on as text: base64 (RFC 4648, also in PEM's lines, a data URI, or as the one
value of a JSON or XML document that is such a record), hex as databases write it, or the bytes as numbers in a list."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Sequence

MAX_TEXT = 96 * 1024 * 1024
MARKS = re.compile(rb"\A\s*data:[^,]{0,100};base64,|-----[A-Z0-9 ]{1,60}-----")
SPACE = b" \t\r\n\v\f\0"
BOM = b"\xef\xbb\xbf"
HEX_MARK = re.compile(rb"\A(?:0x|\\x|x['\"])", re.IGNORECASE)  # of programs, PostgreSQL, SQL
HEX = re.compile(rb"(?:[0-9a-fA-F]{2})+")
NUMBER = rb"(?:0x[0-9a-fA-F]{1,2}|-?[0-9]{1,3})"
LIST = re.compile(rb"[\[{(]((?:" + NUMBER + rb",)++" + NUMBER + rb"),?[\]})]")  # in Java bytes above 127 are negative
PAIRS = re.compile(rb"[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2})+")  # as addresses of networks are written
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
VALUE = re.compile(rb"(?<=[\">])[A-Za-z0-9+/_-]{16,}={0,2}(?=[\"<])")  # in quotation marks, or between two tags
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LOOKED_AT = 256


def decoded_text(untrusted: bytes, starts: Sequence[bytes]) -> bytes:
    """The bytes that base64 or hex text encodes, where they begin with one of ``starts``; else the bytes as they
    are."""
    stored = untrusted
    if len(untrusted) > MAX_TEXT or any(untrusted.startswith(start) for start in starts):
        return stored
    if untrusted.startswith(UTF_16):
        untrusted = untrusted.decode("utf-16", "replace").encode()
    if any(byte > 0x7F or (byte < 0x20 and byte not in b"\t\r\n\x00") for byte in _head(untrusted)):
        return stored
    untrusted = untrusted.replace(b"\\/", b"/")  # which some writers of JSON escape
    text = MARKS.sub(b"", untrusted.removeprefix(BOM)).translate(None, SPACE).strip(b"\"'")
    if PAIRS.fullmatch(text):
        text = text.translate(None, b":-")
    for decode in (_from_hex, _from_base64, _from_numbers):
        found = decode(text)
        if found is not None and any(found.startswith(start) for start in starts):
            return found
    values = {value for value in map(_from_base64, VALUE.findall(untrusted)) if value is not None}
    records = [value for value in values if any(value.startswith(start) for start in starts)]
    return records[0] if len(records) == 1 else stored


def _head(untrusted: bytes) -> bytes:
    return untrusted.removeprefix(BOM)[:LOOKED_AT]


def _from_hex(text: bytes) -> bytes | None:
    digits = HEX_MARK.sub(b"", text)
    return bytes.fromhex(digits.decode()) if HEX.fullmatch(digits) else None


def _from_numbers(text: bytes) -> bytes | None:
    lists = LIST.findall(text)
    if len(lists) != 1:
        return None
    numbers = [int(number, 16 if number.startswith(b"0x") else 10) for number in lists[0].split(b",")]
    return bytes(number % 256 for number in numbers) if all(-128 <= number < 256 for number in numbers) else None


def _from_base64(text: bytes) -> bytes | None:
    if not BASE64.fullmatch(text):
        return None
    usual = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(usual + b"=" * (-len(usual) % 4), validate=True)
    except binascii.Error:
        return None
