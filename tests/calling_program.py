"""Another program of the site, as one would be written from the description of the interface: it signs, asks, and reads
answers. It shares no code with the product."""

from __future__ import annotations

import base64
import hashlib
import http.client
import itertools
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NONCES = itertools.count()


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The body as the one document it must be."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The name of a refusal."""
        return str(self.json["error"])


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def send(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, host: str = ""
) -> Reply:
    """One request without any signature."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body or None, {"Host": host or f"127.0.0.1:{port}", **(headers or {})})
        reply = connection.getresponse()
        return Reply(reply.status, reply.read(), {name.lower(): value for name, value in reply.getheaders()})
    finally:
        connection.close()


@dataclass
class CallingProgram:
    """A program with a key, and the identifier that the desk gave it."""

    port: int
    caller: str = ""
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def key(self) -> str:
        return base64url(self.private.public_key().public_bytes_raw())

    def signed(
        self, method: str, path: str, body: bytes = b"", *, created: int | None = None, nonce: str = ""
    ) -> dict[str, str]:
        """The headers of a signed request."""
        covered = ["@method", "@authority", "@path", *(["content-digest"] if body else [])]
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        at, once = int(time.time()) if created is None else created, nonce or f"nonce-{next(NONCES)}"
        names = " ".join(f'"{name}"' for name in covered)
        params = f'({names});created={at};keyid="{self.caller}";alg="ed25519";nonce="{once}"'
        values = {"@method": method, "@authority": f"127.0.0.1:{self.port}", "@path": path, "content-digest": digest}
        lines = [f'"{name}": {values[name]}' for name in covered] + [f'"@signature-params": {params}']
        signature = base64.b64encode(self.private.sign("\n".join(lines).encode())).decode()
        made = {"Signature-Input": f"desk={params}", "Signature": f"desk=:{signature}:"}
        return {**made, "Content-Digest": digest} if body else made

    def call(self, method: str, path: str, content: object = None) -> Reply:
        """One signed request."""
        body = b"" if content is None else json.dumps(content).encode()
        return send(self.port, method, path, body, self.signed(method, path, body))

    def ask(self, kind: str, number: str = "", request: str = "", **more: str) -> Reply:
        """Asks something of the desk."""
        content = {
            "request": request or secrets.token_hex(16),
            "kind": kind,
            "purpose": "recognition",
            "nonce": "a-nonce-of-the-caller",
            **({"number": number} if number else {}),
            **more,
        }
        return self.call("POST", "/v1/requests", content)

    def listen(self, request: str) -> Iterator[Any]:
        """Each state of a request as it comes, until the desk has told the last."""
        path = f"/v1/requests/{request}/events"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=self.signed("GET", path))
            for line in connection.getresponse():
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))
        finally:
            connection.close()

    def standing(self, request: str) -> Any:
        """How a request stands."""
        return self.call("GET", f"/v1/requests/{request}").json


def read_answer(standing: Any, trusted: str) -> dict[str, Any]:
    """The claims of an answer, from the key that was given at pairing: as the how-to says."""
    key = unbase64url(trusted)
    for link in standing["chain"]:
        claims = _verified(link, key)
        if claims is not None:
            key = unbase64url(claims["key"])
    found = _verified(standing["answer"], key)
    assert found is not None, "not signed by the desk that was paired"
    return found


def _verified(jws: str, key: bytes) -> dict[str, Any] | None:
    head, claims, signature = jws.split(".")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(unbase64url(signature), f"{head}.{claims}".encode())
    except Exception:  # noqa: BLE001 - whatever is wrong with it
        return None
    return dict(json.loads(unbase64url(claims)))
