"""HTTP Message Signatures (RFC 9421) as far as callers use them: one Ed25519 signature, and a digest of the body (RFC
9530)."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass

MAXIMUM_HEADER = 2048
COMPONENT = r'"[@a-z][a-z0-9-]*"'
PARAMETER = r';(?:created=[0-9]{1,12}|(?:keyid|nonce|alg|tag)="[\x20\x21\x23-\x5b\x5d-\x7e]{1,128}")'
INPUT = re.compile(
    rf"(?P<label>[a-z][a-z0-9_*.-]{{0,31}})="
    rf"(?P<params>\((?P<covered>(?:{COMPONENT}(?: {COMPONENT})*)?)\)(?P<more>(?:{PARAMETER})*))"
)
DIGEST = re.compile(r"(?:^|,\s*)sha-256=:([A-Za-z0-9+/]{43}=):(?:$|\s*,)")
NEEDED = frozenset({"@method", "@authority", "@path"})


class SignatureFormError(ValueError):
    """The headers hold no signature of the form that is asked for."""


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """One signature as the headers have it: ``covered`` components, ``params`` word for word, and what they say."""

    covered: tuple[str, ...]
    params: str
    signature: bytes
    created: int
    keyid: str
    nonce: str

    def base(self, values: Mapping[str, str]) -> bytes:
        """The bytes that are signed (RFC 9421, 2.5), from the value of every covered component. Raises
        SignatureFormError where one is not there."""
        try:
            lines = [f'"{name}": {values[name]}' for name in self.covered]
        except KeyError:
            raise SignatureFormError("a component that is not there") from None
        return "\n".join([*lines, f'"@signature-params": {self.params}']).encode("ascii", "strict")


def read_signature(untrusted_input: str, untrusted_signature: str) -> MessageSignature:
    """Parses ``Signature-Input`` and ``Signature``: one signature, with creation, key and nonce. Raises
    SignatureFormError."""
    if max(len(untrusted_input), len(untrusted_signature)) > MAXIMUM_HEADER:
        raise SignatureFormError("too long")
    found = INPUT.fullmatch(untrusted_input.strip())
    if found is None:
        raise SignatureFormError("not one signature")
    label, covered = found["label"], tuple(re.findall(r'"([^"]+)"', found["covered"]))
    told = re.findall(r';([a-z]+)=(?:"([^"]*)"|([0-9]+))', found["more"])
    said = {name: text or number for name, text, number in told}
    signed = re.fullmatch(rf"{re.escape(label)}=:([A-Za-z0-9+/]+={{0,2}}):", untrusted_signature.strip())
    if signed is None or len(said) != len(told) or len(set(covered)) != len(covered):
        raise SignatureFormError("not one signature")
    if said.get("alg", "ed25519") != "ed25519" or not {"created", "keyid"} <= set(said):
        raise SignatureFormError("another algorithm, or no creation or key")
    try:
        signature = b64decode(signed[1], validate=True)
    except ValueError:
        raise SignatureFormError("no base64") from None
    return MessageSignature(
        covered, found["params"], signature, int(said["created"]), said["keyid"], said.get("nonce", "")
    )


def components(method: str, authority: str, path: str, query: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The values that a signature can cover: derived ones, and headers under their names in small letters."""
    derived = {"@method": method, "@authority": authority.lower(), "@path": path, "@query": f"?{query}"}
    return {**{name: value.strip() for name, value in headers.items()}, **derived}


def required_components(query: str, *, has_body: bool) -> frozenset[str]:
    """The components that a request has to sign."""
    more = ({"content-digest"} if has_body else set()) | ({"@query"} if query else set())
    return NEEDED | more


def is_digest_of(untrusted: str, body: bytes) -> bool:
    """Whether a ``Content-Digest`` is of this body."""
    found = DIGEST.search(untrusted) if len(untrusted) <= MAXIMUM_HEADER else None
    return found is not None and hmac.compare_digest(b64decode(found[1]), hashlib.sha256(body).digest())
