"""A caller: another program of the site, admitted by two people, and what it may ask (FORMAT.md, section 20)."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from mlid_desktop.domain.errors import Code, UsageError, VaultError

MAXIMUM_CALLERS = 64
MAXIMUM_NAME = 60
MAXIMUM_PURPOSES = 16
MAXIMUM_SITE_FIELDS = 40
KEY_BYTES = 32
ORIGIN = re.compile(
    r"https://[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::[1-9][0-9]{0,4})?"
    r"|http://(?:localhost|127\.0\.0\.1)(?::[1-9][0-9]{0,4})?"
)
PURPOSE = re.compile(r"[a-z][a-z0-9_]{0,31}")
IDENTIFIER = re.compile(r"[0-9a-f]{32}")


class RequestKind(StrEnum):
    """What a caller can ask of the desk."""

    VERIFY = "verify"
    IDENTIFY = "identify"
    ENROL = "enrol"
    WITHDRAW = "withdraw"


class CallerField(StrEnum):
    """What of a person an answer may hold besides the verdict."""

    NUMBER = "number"
    NAME = "name"


USUAL_KINDS = frozenset({RequestKind.VERIFY, RequestKind.ENROL, RequestKind.WITHDRAW})  # identify is a grant of its own


@dataclass(frozen=True, slots=True)
class Caller:
    """A program signs with ``key`` (Ed25519, base64url); a web page has ``origin`` and the digest of its token. It gets
    people of these ``purposes`` alone, asks what ``kinds`` has, and is told these ``fields``, and of the site's own
    fields those under these keys."""

    caller_id: str
    name: str
    purposes: tuple[str, ...]
    admitted_at: datetime
    kinds: frozenset[RequestKind] = USUAL_KINDS
    fields: frozenset[CallerField] = frozenset()
    key: str = ""
    origin: str = ""
    token_digest: str = field(default="", repr=False)
    site_fields: tuple[str, ...] = ()

    @property
    def verify_key(self) -> bytes:
        """The key that a program signs with; empty for a web page."""
        return from_base64url(self.key)

    def paired(self, *, key: str = "", token: str = "") -> Caller:
        """With the key of the program, or the token of the web page."""
        return replace(self, key=key, token_digest=digest_of_token(token) if token else "")


def digest_of_token(token: str) -> str:
    """What is kept of a web page's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def require_usable(caller: Caller) -> None:
    """Raises UsageError(USAGE_BAD_ARGUMENT), naming what, for what cannot be admitted: a name that cannot be shown, no
    purpose, an origin that is none, or neither an origin nor a key."""
    name = caller.name
    checks = {
        "name": 0 < len(name) <= MAXIMUM_NAME and name.isprintable() and name == name.strip(),
        "purpose": 0 < len(caller.purposes) <= MAXIMUM_PURPOSES and all(map(PURPOSE.fullmatch, caller.purposes)),
        "request": bool(caller.kinds),
        "field": len(caller.site_fields) <= MAXIMUM_SITE_FIELDS,
        "origin": not caller.origin or is_origin(caller.origin),
        "key": not caller.key or is_key(caller.key),
    }
    for what, holds in checks.items():
        if not holds:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=what)


def is_origin(untrusted: str) -> bool:
    """Whether this is a web origin as browsers send it: a secure one, or one of this machine itself."""
    return ORIGIN.fullmatch(untrusted) is not None


def is_key(untrusted: str) -> bool:
    """Whether this is an Ed25519 public key in base64url, without padding."""
    try:
        return to_base64url(from_base64url(untrusted)) == untrusted and len(from_base64url(untrusted)) == KEY_BYTES
    except ValueError:
        return False


def encode_callers(callers: Sequence[Caller], *, port: int) -> bytes:
    """The callers, and the port that they find this desk at (0: the interface is off), as a governed value."""
    listed = [
        {
            "id": caller.caller_id,
            "name": caller.name,
            "purposes": list(caller.purposes),
            "admitted": caller.admitted_at.isoformat(),
            "kinds": sorted(caller.kinds),
            "fields": sorted(caller.fields),
            "key": caller.key,
            "origin": caller.origin,
            "token": caller.token_digest,
            "site_fields": list(caller.site_fields),
        }
        for caller in callers
    ]
    return json.dumps({"port": port, "callers": listed}, ensure_ascii=False, separators=(",", ":")).encode()


def read(stored: bytes | None) -> tuple[int, tuple[Caller, ...]]:
    """Decodes a governed value into the port and the callers. Raises VaultError(VAULT_DAMAGED)."""
    if stored is None:
        return 0, ()
    try:
        content = json.loads(stored)
        return int(content["port"]), tuple(_caller(listed) for listed in content["callers"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise VaultError(Code.VAULT_DAMAGED, what="callers") from None


def _caller(listed: dict[str, Any]) -> Caller:
    return Caller(
        listed["id"],
        listed["name"],
        tuple(listed["purposes"]),
        datetime.fromisoformat(listed["admitted"]),
        frozenset(map(RequestKind, listed["kinds"])),
        frozenset(map(CallerField, listed["fields"])),
        listed["key"],
        listed["origin"],
        listed["token"],
        tuple(map(str, listed["site_fields"])),
    )


def to_base64url(content: bytes) -> str:
    """Bytes in base64url without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base64url(untrusted: str) -> bytes:
    """Inverse of :func:`to_base64url`. Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", untrusted):
        raise ValueError("no base64url")
    return urlsafe_b64decode(untrusted + "=" * (-len(untrusted) % 4))
