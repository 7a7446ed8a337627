"""Asks a desk from a program: `pair` once with the code that the window shows, then `ask` and `wait`. The answer that
comes back is verified by verify_answer.py beside this file."""

import base64
import hashlib
import http.client
import json
import secrets
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ENDED = {"decided", "declined", "expired", "cancelled", "locked", "unknown"}


def encode(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Desk:
    """One desk, as a program knows it: `caller`, `trusted` and the private key are kept where it alone reads."""

    def __init__(self, private: Ed25519PrivateKey, caller: str = "", trusted: str = "", port: int = 47263) -> None:
        self.private, self.caller, self.trusted, self.port = private, caller, trusted, port

    def pair(self, code: str) -> None:
        """Names the code that the window shows; from now on the desk knows the key."""
        key = encode(self.private.public_key().public_bytes_raw())
        paired = self._send("POST", "/v1/pairing", json.dumps({"code": code, "key": key}).encode(), {})
        self.caller, self.trusted = paired["caller"], paired["key"]

    def ask(self, kind: str, number: str = "", purpose: str = "recognition", **more: str) -> dict:
        """Sends a request, and gives what was sent: send the same again after a lost connection."""
        asked = {"request": secrets.token_hex(16), "kind": kind, "purpose": purpose, "nonce": secrets.token_hex(16)}
        asked |= more
        if number:
            asked["number"] = number
        self.call("POST", "/v1/requests", json.dumps(asked).encode())
        return asked

    def wait(self, request: str, seconds: float = 900) -> dict:
        """How a request stands once it has ended, with answer and chain where it was decided."""
        until = time.monotonic() + seconds
        while (standing := self.call("GET", f"/v1/requests/{request}"))["state"] not in ENDED:
            if time.monotonic() > until:
                raise TimeoutError(request)
            time.sleep(0.25)
        return standing

    def call(self, method: str, path: str, body: bytes = b"") -> dict:
        """One signed request (RFC 9421)."""
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        values = {"@method": method, "@authority": f"127.0.0.1:{self.port}", "@path": path}
        values |= {"content-digest": digest} if body else {}
        names = " ".join(f'"{name}"' for name in values)
        said = f'({names});created={int(time.time())};keyid="{self.caller}";nonce="{secrets.token_hex(16)}"'
        lines = [f'"{name}": {value}' for name, value in values.items()]
        signed = self.private.sign("\n".join([*lines, f'"@signature-params": {said}']).encode())
        headers = {"Signature-Input": f"sig={said}", "Signature": f"sig=:{base64.b64encode(signed).decode()}:"}
        return self._send(method, path, body, {**headers, **({"Content-Digest": digest} if body else {})})

    def _send(self, method: str, path: str, body: bytes, headers: dict) -> dict:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, headers)
            reply = connection.getresponse()
            told = json.loads(reply.read())
        finally:
            connection.close()
        if "error" in told:
            raise PermissionError(told["error"])
        return told
