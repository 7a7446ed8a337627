"""What callers send, within its bounds, and the names of what they are answered."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mlid_desktop.domain.text import is_shown
from mlid_desktop.station.external_requests.request_desk import Caller, ExternalRequest
from mlid_desktop.station.external_requests.service import RequestKind

MAXIMUM_BODY = 16 * 1024


class Refusal(StrEnum):
    """Why the interface does not do what was asked, each with its HTTP status."""

    MISDIRECTED = "misdirected"
    UNPAIRED_ORIGIN = "unpaired_origin"
    UNSIGNED = "unsigned"
    UNKNOWN_CALLER = "unknown_caller"
    STALE = "stale"
    REPLAYED = "replayed"
    ALTERED = "altered"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_MANY = "too_many"
    OVERLOADED = "overloaded"
    MALFORMED = "malformed"
    NOT_GRANTED = "not_granted"
    NOT_FOUND = "not_found"
    WRONG_METHOD = "wrong_method"
    WRONG_CODE = "wrong_code"
    FOREIGN_RETURN = "foreign_return"
    LOCKED = "locked"
    BUSY = "busy"

    @property
    def status(self) -> int:
        """The HTTP status that goes with it."""
        return STATUS[self]


STATUS = {
    Refusal.MISDIRECTED: 421,
    Refusal.UNPAIRED_ORIGIN: 403,
    Refusal.UNSIGNED: 401,
    Refusal.UNKNOWN_CALLER: 401,
    Refusal.STALE: 401,
    Refusal.REPLAYED: 401,
    Refusal.ALTERED: 409,
    Refusal.TOO_LARGE: 413,
    Refusal.TOO_SLOW: 408,
    Refusal.TOO_MANY: 429,
    Refusal.OVERLOADED: 503,
    Refusal.MALFORMED: 400,
    Refusal.NOT_GRANTED: 403,
    Refusal.NOT_FOUND: 404,
    Refusal.WRONG_METHOD: 405,
    Refusal.WRONG_CODE: 403,
    Refusal.FOREIGN_RETURN: 403,
    Refusal.LOCKED: 423,
    Refusal.BUSY: 409,
}


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AskedRequest(_Message):
    """A request of a caller."""

    request: str = Field(pattern=r"^[0-9a-f]{32}$", description="Chosen at random by the caller; the same asks again.")
    kind: Literal["verify", "identify", "enrol", "withdraw"]
    purpose: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="One that the caller was admitted for.")
    nonce: str = Field(pattern=r"^[A-Za-z0-9_-]{16,64}$", description="Comes back in the signed answer.")
    number: str = Field(default="", max_length=64, description="Whom it is about; empty to identify.")
    name: str = Field(default="", max_length=200, description="Of a person who is to be enrolled.")
    return_to: str = Field(
        default="",
        max_length=512,
        pattern=r"^(?:https?://[a-z0-9.:-]+/[A-Za-z0-9/._~-]*)?$",
        description="Of a web page: where the operator is led back to, at its own origin and without query.",
    )

    @model_validator(mode="after")
    def fits_its_kind(self) -> Self:
        """Raises ValueError where number or name do not belong to what is asked, or cannot be shown."""
        if bool(self.number.strip()) is (self.kind == "identify"):
            raise ValueError("a number goes with everything but a search")
        if self.name and self.kind != "enrol":
            raise ValueError("a name goes with an enrolment")
        if not all(is_shown(text) for text in (self.number, self.name) if text):
            raise ValueError("number and name are shown to people")
        if self.number and self.number in self.return_to.split("/"):
            raise ValueError("no number stands in an address")
        return self

    def by(self, caller: Caller, body: bytes) -> ExternalRequest:
        """The request as the desk takes it."""
        return ExternalRequest(
            caller.caller_id,
            caller.name,
            self.request,
            RequestKind(self.kind),
            self.purpose,
            hashlib.sha256(body).hexdigest(),
            self.number,
            self.name,
            self.nonce,
            return_to=self.return_to,
        )

    def returns_home(self, caller: Caller) -> bool:
        """Whether the page to go back to, if any, is the caller's own."""
        return not self.return_to or (bool(caller.origin) and self.return_to.startswith(f"{caller.origin}/"))


class ReturnCode(_Message):
    """What a page shows that an operator was led back to."""

    code: str = Field(min_length=1, max_length=64, description="From the fragment of the address.")


class Pairing(_Message):
    """What a caller shows to be the one that was admitted."""

    code: str = Field(min_length=1, max_length=32, description="The code that the window of the desk shows.")
    key: str = Field(default="", max_length=64, description="The program's Ed25519 key, base64url; none of a web page.")
