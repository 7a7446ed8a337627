"""Codes that lead a web page back to its answer, as immutable values: each holds once, for a minute. A moment is
seconds that never run backwards."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mlid_desktop.station.external_requests.request_book import Key

CODE_S = 60.0
FRAGMENT = "#mlid="  # a fragment is sent to no server, and stands in no log of one


@dataclass(frozen=True, slots=True)
class ReturnCodes:
    """The digests of the codes that were given out, with the request that each is of, and until when."""

    known: Mapping[str, tuple[Key, float]] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def give(self, key: Key, now: float) -> tuple[ReturnCodes, str]:
        """A new code for a request, whose earlier one holds no more."""
        code = secrets.token_urlsafe(32)
        known = {digest: held for digest, held in self._at(now).items() if held[0] != key}
        return ReturnCodes(MappingProxyType({**known, _digest(code): (key, now + CODE_S)})), code

    def take(self, untrusted_code: str, caller_id: str, now: float) -> tuple[ReturnCodes, Key | None]:
        """The request that a code is of, once, and for its own caller alone: a foreign one spends no code."""
        known = self._at(now)
        key, _ = known.get(_digest(untrusted_code), (None, 0.0))
        if key is None or key[0] != caller_id:
            return ReturnCodes(MappingProxyType(known)), None
        left = {digest: held for digest, held in known.items() if held[0] != key}
        return ReturnCodes(MappingProxyType(left)), key

    def _at(self, now: float) -> dict[str, tuple[Key, float]]:
        return {digest: held for digest, held in self.known.items() if now < held[1]}


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
