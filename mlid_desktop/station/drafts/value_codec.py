"""Serialises values of this program: only the types named here are decoded, so that no bytes can become code."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.devices.formats.still_codec import decode_still, encode_still
from mlid_desktop.domain import characteristics, decisions, observations, quality, reasons, subjects, templates
from mlid_desktop.domain.errors import Code, DeviceError, UsageError
from mlid_desktop.domain.observations import FaceMotion
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FingerSample, FrameSample, SoundOrigin, SoundSample
from mlid_desktop.workflow.events import CandidatesFound
from mlid_desktop.workflow.take import Take

VALUES = (
    characteristics.Characteristic, decisions.AttackFinding, decisions.Candidate, decisions.Meaning,
    observations.AttackEvidence, observations.Evidence, observations.FrameChange,
    observations.Observation, FaceMotion, observations.PromptFinding, observations.Region, quality.Quality,
    quality.QualityComponent, subjects.CaptureException, subjects.Consent, subjects.Details, templates.Extractor,
    templates.SearchTable, templates.Template, DeviceIdentity, Provenance, FingerSample, FrameSample, SoundOrigin,
    SoundSample, Take,
    Circumstances, CandidatesFound,
)  # fmt: skip  # a list to look through
WORDS = (
    characteristics.FingerPosition, characteristics.Modality, decisions.AttackVerdict, decisions.ChallengeOutcome,
    decisions.InjectionSign, decisions.Tier, quality.Measure, reasons.Hint,
    reasons.Reason, subjects.ConsentOutcome, subjects.ConsentUse, subjects.ExceptionReason, templates.Grade, SourceKind,
)  # fmt: skip  # as above
BY_NAME: dict[str, Any] = {kind.__name__: kind for kind in (*VALUES, *WORDS)}
KIND, ITEM = "is", "of"  # what a packed value is, and what is in it
FULL_SCALE = 32_768  # sound is kept at 16 bits
MAX_UNPACKED = 256 * 1024 * 1024  # bytes of JSON: what is longer is cut, and then cannot be read


def pack(value: object) -> bytes:
    """Serialises a value as compressed JSON. Raises TypeError for a type that is not supported: a bug."""
    return zlib.compress(json.dumps(_packed(value), separators=(",", ":")).encode(), level=1)


def unpack(untrusted: bytes) -> Any:
    """Decodes a serialised value. Raises UsageError(USAGE_UNKNOWN_DRAFT) for what another version of the program
    packed."""
    try:
        return _unpacked(json.loads(zlib.decompressobj().decompress(untrusted, MAX_UNPACKED)))
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error, DeviceError):
        raise UsageError(Code.USAGE_UNKNOWN_DRAFT) from None


def _packed(value: object) -> object:
    if isinstance(value, Enum):
        return {KIND: type(value).__name__, ITEM: value.value}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return _packed_array(value)
    if isinstance(value, bytes):
        return {KIND: "bytes", ITEM: _text(value)}
    if isinstance(value, datetime):
        return {KIND: "datetime", ITEM: value.isoformat()}
    if isinstance(value, tuple | list):
        return [_packed(item) for item in value]
    if isinstance(value, Mapping):
        return {KIND: "mapping", ITEM: [[_packed(key), _packed(item)] for key, item in value.items()]}
    if is_dataclass(value) and type(value) in VALUES:
        return {
            KIND: type(value).__name__,
            ITEM: {field.name: _packed(getattr(value, field.name)) for field in fields(value)},
        }
    raise TypeError(type(value).__name__)


def _unpacked(packed: Any) -> Any:
    if isinstance(packed, list):
        return tuple(_unpacked(item) for item in packed)
    if not isinstance(packed, dict):
        return packed
    kind, item = packed[KIND], packed[ITEM]
    match kind:
        case "bytes":
            return base64.b64decode(item, validate=True)
        case "datetime":
            return datetime.fromisoformat(item)
        case "mapping":
            return {_unpacked(key): _unpacked(content) for key, content in item}
        case "picture" | "colour":
            return decode_still(base64.b64decode(item, validate=True), colour=kind == "colour")
        case "sound":
            numbers = np.frombuffer(base64.b64decode(item, validate=True), "<i2")
            return np.asarray(numbers / np.float32(FULL_SCALE), np.float32)
    made = BY_NAME[kind]
    return made(item) if made in WORDS else made(**{name: _unpacked(content) for name, content in item.items()})


def _packed_array(array: NDArray[Any]) -> dict[str, str]:
    if array.dtype == np.uint8 and array.ndim in (2, 3):
        return {KIND: "picture" if array.ndim == 2 else "colour", ITEM: _text(encode_still(array))}
    if array.dtype == np.float32 and array.ndim == 1:
        numbers = np.clip(np.rint(array * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype("<i2")
        return {KIND: "sound", ITEM: _text(numbers.tobytes())}
    raise TypeError(f"array of {array.dtype}, {array.ndim} dimensions")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
