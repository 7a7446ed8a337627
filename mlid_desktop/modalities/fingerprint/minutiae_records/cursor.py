"""Reads untrusted bytes front to back; a read beyond the end is refused."""

from __future__ import annotations

from mlid_desktop.modalities.fingerprint.minutiae_records.record import Leniency, refuse


class Cursor:
    """Reads the big-endian numbers of an untrusted record one after the other. Every method raises
    ModelError(MODEL_RECORD_INVALID) where the record is cut short."""

    def __init__(self, untrusted: bytes, *, lenient: bool = False, dpi: int | None = None) -> None:
        self._untrusted = untrusted
        self._offset = 0
        self.lenient = lenient
        self.dpi = dpi
        self.leniencies: dict[Leniency, None] = {}

    @property
    def offset(self) -> int:
        """Number of bytes read so far."""
        return self._offset

    @property
    def remaining(self) -> int:
        """Number of bytes left to read."""
        return len(self._untrusted) - self._offset

    def excuse(self, leniency: Leniency, why: str) -> None:
        """Notes a leniency that a lenient reading takes; a strict reading refuses the record for it."""
        if not self.lenient:
            refuse(why)
        self.leniencies[leniency] = None

    def take(self, number: int) -> bytes:
        """Reads the next ``number`` bytes."""
        if number > self.remaining:
            refuse("cut short")
        self._offset += number
        return self._untrusted[self._offset - number : self._offset]

    def integer(self, number: int) -> int:
        """Reads the next ``number`` bytes as one big-endian number."""
        return int.from_bytes(self.take(number), "big")
