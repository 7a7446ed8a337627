"""Voice templates as bytes: a speaker's vector where there was enough speech, and the digits that were spoken.

Payload: version, size of the embedding (big-endian u16; 0 where there is none), number of digits; the vector as
little-endian float16 with its crowding last; then for each digit its label, its frames, and 32 x 13 cepstra as int8 in
steps of 1/24 of a standard deviation. An enrolment of three times ten digits takes 12.8 kB, a probe of eight 3.6 kB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.vectors import unit_vector
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.digits import SpokenDigits, no_digits

HEADER_BYTES = 4
SHAPE_SIZE = p.DIGIT_LENGTH * p.DIGIT_COEFFICIENTS
DIGIT_BYTES = 2 + SHAPE_SIZE
MAX_PAYLOAD = HEADER_BYTES + 2 * (p.MAX_EMBEDDING + 1) + p.MAX_DIGITS * DIGIT_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class VoicePrint:
    """The content of a voice template; ``speaker`` (d + 1,) is the unit embedding and its density of similar strangers,
    None for too little speech or without an encoder."""

    speaker: NDArray[np.float32] | None = field(default=None, repr=False)
    digits: SpokenDigits = field(default_factory=no_digits, repr=False)


def encode(voice: VoicePrint) -> bytes:
    """The payload of a voice template; of more than MAX_DIGITS digits the first are kept."""
    size = 0 if voice.speaker is None else len(voice.speaker) - 1
    vector = b"" if voice.speaker is None else voice.speaker.astype("<f2").tobytes()
    count = min(len(voice.digits), p.MAX_DIGITS)
    steps = np.clip(np.rint(voice.digits.shape[:count] * p.DIGIT_STEPS), -127, 127).astype(np.int8)
    rows = b"".join(
        bytes([int(voice.digits.label[index]), int(voice.digits.frames[index])]) + steps[index].tobytes()
        for index in range(count)
    )
    return bytes([p.PAYLOAD_VERSION]) + size.to_bytes(2, "big") + bytes([count]) + vector + rows


def decode(untrusted_payload: bytes) -> VoicePrint:
    """The content of a voice template's payload. Raises ModelError(MODEL_TEMPLATE_INVALID)."""
    if not HEADER_BYTES <= len(untrusted_payload) <= MAX_PAYLOAD:
        _refuse("length")
    if untrusted_payload[0] != p.PAYLOAD_VERSION:
        _refuse("version")
    size, count = int.from_bytes(untrusted_payload[1:3], "big"), untrusted_payload[3]
    if size > p.MAX_EMBEDDING or size == 1 or count > p.MAX_DIGITS:
        _refuse("count")
    vector_end = HEADER_BYTES + (2 * (size + 1) if size else 0)
    if len(untrusted_payload) != vector_end + count * DIGIT_BYTES:
        _refuse("length")
    speaker = _speaker(untrusted_payload[HEADER_BYTES:vector_end]) if size else None
    return VoicePrint(speaker, _digits(untrusted_payload[vector_end:], count))


def merge_prints(voices: Sequence[VoicePrint]) -> VoicePrint:
    """One voice template's content made of several takes of one person: the mean of the vectors, all digits
    together."""
    vectors = [voice.speaker for voice in voices if voice.speaker is not None]
    speaker = None
    if vectors and len({len(vector) for vector in vectors}) == 1:
        mean = np.mean(vectors, axis=0)
        speaker = np.append(unit_vector(mean[:-1]), mean[-1]).astype(np.float32)
    digits = no_digits()
    for voice in voices:
        digits = digits.joined(voice.digits)
    return VoicePrint(speaker, digits)


def _speaker(untrusted: bytes) -> NDArray[np.float32]:
    vector = np.frombuffer(untrusted, "<f2").astype(np.float32)
    off_length = abs(float(np.linalg.norm(vector[:-1])) - 1.0) if np.isfinite(vector).all() else 1.0
    if off_length > p.NORM_TOLERANCE or abs(float(vector[-1])) > p.MAX_CROWDING:
        _refuse("norm")
    return vector


def _digits(untrusted: bytes, count: int) -> SpokenDigits:
    rows = np.frombuffer(untrusted, np.uint8).reshape(count, DIGIT_BYTES)
    label, frames = rows[:, 0].copy(), rows[:, 1].copy()
    if (label > 9).any() or ((frames < p.MIN_DIGIT_FRAMES) | (frames > p.MAX_DIGIT_FRAMES)).any():
        _refuse("digit")
    steps = np.ascontiguousarray(rows[:, 2:]).view(np.int8).astype(np.float32)
    return SpokenDigits(label, frames, (steps / p.DIGIT_STEPS).reshape(count, p.DIGIT_LENGTH, p.DIGIT_COEFFICIENTS))


def _refuse(why: str) -> NoReturn:
    raise ModelError(Code.MODEL_TEMPLATE_INVALID, why=why)
