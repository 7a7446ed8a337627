"""Biometric characteristics (ISO/IEC 2382-37): which part of a person a sample shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Modality(StrEnum):
    """A kind of characteristic, each with its own pipeline."""

    FACE = "face"
    FINGERPRINT = "fingerprint"
    VOICE = "voice"


class FingerPosition(StrEnum):
    """The ten fingers, in the order of the finger position codes 1-10 of ISO/IEC 19794-2 table 2."""

    RIGHT_THUMB = "right-thumb"
    RIGHT_INDEX = "right-index"
    RIGHT_MIDDLE = "right-middle"
    RIGHT_RING = "right-ring"
    RIGHT_LITTLE = "right-little"
    LEFT_THUMB = "left-thumb"
    LEFT_INDEX = "left-index"
    LEFT_MIDDLE = "left-middle"
    LEFT_RING = "left-ring"
    LEFT_LITTLE = "left-little"

    @property
    def iso_code(self) -> int:
        """Finger position code of ISO/IEC 19794-2, 1 to 10."""
        return list(FingerPosition).index(self) + 1

    @property
    def is_left(self) -> bool:
        """Whether it is a finger of the left hand."""
        return self.value.startswith("left-")


@dataclass(frozen=True, slots=True, order=True)
class Characteristic:
    """One characteristic of a person: the face, the voice, or one named finger."""

    modality: Modality
    position: FingerPosition | None = None

    def __post_init__(self) -> None:
        if (self.modality is Modality.FINGERPRINT) != (self.position is not None):
            raise ValueError("a fingerprint has a finger position, nothing else has one")

    def __str__(self) -> str:
        return self.modality.value if self.position is None else f"{self.modality.value}:{self.position.value}"

    @classmethod
    def parse(cls, text: str) -> Characteristic:
        """Parses the text form of a characteristic, such as ``face`` or ``fingerprint:right-index``; the inverse of
        ``str``. Raises ValueError for anything else."""
        modality, _, position = text.partition(":")
        return cls(Modality(modality), FingerPosition(position) if position else None)


FACE = Characteristic(Modality.FACE)
VOICE = Characteristic(Modality.VOICE)
