"""Reading untrusted bytes front to back; whatever goes beyond the end is refused."""

from __future__ import annotations

from mlid_desktop.modalities.fingerprint.minutiae_records.record import Leniency, refuse


class Cursor:
    """Big-endian numbers of a record, one after the other. Every method raises ModelError(MODEL_RECORD_INVALID) where
    the record is cut short."""

    def __init__(self, untrusted: bytes, *, lenient: bool = False, dpi: int | None = None) -> None:
        self._untrusted = untrusted
        self._place = 0
        self.lenient = lenient
        self.dpi = dpi
        self.leniencies: dict[Leniency, None] = {}

    @property
    def offset(self) -> int:
        """How many bytes were read."""
        return self._place

    @property
    def remaining(self) -> int:
        """How many bytes are left."""
        return len(self._untrusted) - self._place

    def excuse(self, leniency: Leniency, why: str) -> None:
        """Notes what is read against the standard; a strict reading is refused for it."""
        if not self.lenient:
            refuse(why)
        self.leniencies[leniency] = None

    def take(self, number: int) -> bytes:
        """The next ``number`` bytes."""
        if number > self.remaining:
            refuse("cut short")
        self._place += number
        return self._untrusted[self._place - number : self._place]

    def integer(self, number: int) -> int:
        """The next ``number`` bytes as one number."""
        return int.from_bytes(self.take(number), "big")
