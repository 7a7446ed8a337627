"""Policies: the rates, takes, attempts and checks that a site requires. A file is checked before anything of it is
used."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import PolicyIdentity
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.text import toml_content

MAX_POLICY_BYTES = 64 * 1024
MAX_CANDIDATES = 10  # no list for review is longer: people stop looking at faces one by one
FRAME_FLOOR = 0.35  # of policies that were stored before frames had a floor of their own
SURE_FROM = 0.75  # as far above the middle as the most alive window of an attack lay below it, see decision 29

Rate = Annotated[float, Field(gt=0.0, le=0.1)]
FloorRate = Annotated[float, Field(gt=0.0, le=0.03)]  # laxer, and the own face with anybody's finger is accepted
Seconds = Annotated[float, Field(gt=0.0, le=86_400.0)]
Purpose = Literal["enrolment", "verification", "identification"]


class _PolicySection(BaseModel):
    """Base of the policy's sections: unknown fields are refused, so that a misspelt limit is never silently left
    out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ComparisonRules(_PolicySection):
    """What a policy asks of comparisons: ``fmr`` is the false match rate by modality, asked of each primary
    characteristic; supporting ones never count alone. ``heed_supporting``: a supporting one that speaks against holds
    up an acceptance; it never makes one. ``rule`` says how several primary modalities decide: "all" asks of each its
    ``fmr``; "fused" asks of each its ``floor_fmr``, and ``fused_fmr`` of their sum."""

    fmr: dict[Modality, Rate]
    minimum_primary: Annotated[int, Field(ge=1, le=10)]
    primary: tuple[Modality, ...]
    supporting: tuple[Modality, ...] = ()
    heed_supporting: bool = True
    rule: Literal["all", "fused"] = "all"
    floor_fmr: dict[Modality, FloorRate] = Field(default_factory=dict)
    fused_fmr: Rate | None = None

    @model_validator(mode="after")
    def _voice_only_supports(self) -> Self:
        if Modality.VOICE in self.primary:
            raise ValueError("voice is supporting evidence only (NIST SP 800-63B-4, 3.2.3)")
        if len(set(self.primary)) < len(self.primary):
            raise ValueError("a modality stands once among those that decide")
        if not self.primary or set(self.primary) & set(self.supporting):
            raise ValueError("a modality is either primary or supporting, and one must be primary")
        if set(self.primary) - set(self.fmr):
            raise ValueError("each primary modality has a rate that is asked of it")
        return self

    @model_validator(mode="after")
    def _a_sum_has_floors(self) -> Self:
        if self.rule == "all":
            return self
        if set(self.primary) - set(self.floor_fmr):
            raise ValueError("each primary modality has a floor where several are summed")
        if self.fused_fmr is None or self.fused_fmr > min(self.fmr[modality] for modality in self.primary):
            raise ValueError("of a sum at least as much is asked as of each primary modality alone")
        return self

    def rate(self, modality: Modality) -> float:
        """The false match rate that is asked of a modality; the strictest of all where the policy does not name it."""
        return self.fmr.get(modality, min(self.fmr.values()))


class AttackRules(_PolicySection):
    """When the liveness of frames is an attack suspicion: where the mean of a window of ``window`` frames is below
    ``threshold``, or any single one below ``frame_floor`` (or below the threshold, where that is lower). The frame that
    is kept or compared is itself at or above ``threshold``. The active challenge is asked ``challenge``: of everybody,
    or wherever the window's mean is below ``sure_from``, so that the window alone is not sure; there is no policy
    without it."""

    window: Annotated[int, Field(ge=1, le=60)]
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)]
    frame_floor: Annotated[float, Field(ge=0.0, lt=1.0)] = FRAME_FLOOR
    challenge: Literal["always", "unsure"] = "unsure"
    sure_from: Annotated[float, Field(ge=SURE_FROM, le=1.0)] = SURE_FROM


class CaptureRules(_PolicySection):
    """How many takes are captured (the best is kept) and how long a live capture may go without completing."""

    enrolment_takes: Annotated[int, Field(ge=1, le=5)]
    verification_takes: Annotated[int, Field(ge=1, le=5)]
    give_up_after_s: Seconds
    continuity_fmr: Rate
    minimum_quality: Annotated[int, Field(ge=0, le=100)] = 0


class AttemptRules(_PolicySection):
    """How many failures in a row are free before each further attempt waits ``delay_s``, and how many lock the subject
    out (NIST SP 800-63B-4, 3.2.3: 5 and 50, or 10 and 100 with attack detection; at least 30 s)."""

    free: Annotated[int, Field(ge=1, le=10)]
    delay_s: Annotated[float, Field(ge=30.0, le=86_400.0)]
    lock_out: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def _lock_out_comes_after_delay(self) -> Self:
        if self.lock_out <= self.free:
            raise ValueError("the lock-out comes after the free attempts")
        return self


class IdentificationRules(_PolicySection):
    """What a policy asks of 1:N searches: ``fpir`` is the share of searches of strangers that may bring up a strong
    candidate (SP 800-63A-4: 1 in 1,000); ``possible_fmr`` the rate, by modality, from which on a candidate is listed at
    all."""

    fpir: Rate
    possible_fmr: dict[Modality, Rate]
    candidates: Annotated[int, Field(ge=1, le=MAX_CANDIDATES)]


class Policy(_PolicySection):
    """Everything that a site can set about decisions. ``virtual_devices``: whether a camera or microphone behind which
    a program or a plug was recognised may be made to count as live by registering it; no shipped policy lets it.
    ``portraits``: whether a small picture is kept of whoever agrees to that; no shipped policy keeps any.
    ``hours_without_register``: for how long a desk of a register goes on checking people while it is without it, and
    so may not know of a withdrawal or an erasure."""

    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    comparison: ComparisonRules
    attack: dict[Modality, AttackRules]
    capture: dict[Modality, CaptureRules]
    attempts: AttemptRules
    identification: IdentificationRules
    attestation: tuple[Purpose, ...] = ()
    virtual_devices: Literal["refuse", "registered"] = "refuse"
    portraits: Literal["none", "kept"] = "none"
    hours_without_register: Annotated[int, Field(ge=1, le=24)] = 8
    _digest: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _face_is_checked_for_attacks(self) -> Self:
        if Modality.FACE in self.comparison.primary and Modality.FACE not in self.attack:
            raise ValueError("faces are checked for attacks in every policy (NIST SP 800-63B-4, 3.2.3)")
        missing = set(self.comparison.primary) - set(self.capture)
        if missing:
            raise ValueError("each primary modality has capture rules")
        return self

    @property
    def allows_virtual(self) -> bool:
        """Whether a virtual device counts as live once it is registered."""
        return self.virtual_devices == "registered"

    @property
    def keeps_portraits(self) -> bool:
        """Whether a portrait is kept of a person who agrees to that."""
        return self.portraits == "kept"

    @property
    def without_register(self) -> timedelta:
        """For how long a desk of a register goes on checking people while it is without it."""
        return timedelta(hours=self.hours_without_register)

    @property
    def identity(self) -> PolicyIdentity:
        """Name of the policy and SHA-256 of its file's bytes, for decisions and audit."""
        return PolicyIdentity(self.name, self._digest)


def read_policy(untrusted: bytes) -> Policy:
    """The checked policy of a TOML file. Raises ModelError(MODEL_POLICY_INVALID) with where and why."""
    if len(untrusted) > MAX_POLICY_BYTES:
        raise ModelError(Code.MODEL_POLICY_INVALID, where="file", why="too large")
    try:
        content = toml_content(untrusted)
        policy = Policy.model_validate(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise ModelError(Code.MODEL_POLICY_INVALID, where=where, why=first["msg"]) from None
    except ValueError as fault:
        raise ModelError(Code.MODEL_POLICY_INVALID, where="file", why=str(fault)) from None
    policy._digest = hashlib.sha256(untrusted).hexdigest()
    return policy
