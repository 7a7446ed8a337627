"""Costly results that depend on their arguments alone, worked out once for all tests of a run."""

from __future__ import annotations

import hashlib
import os
import pickle
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mlid_desktop.synthetic.face import portrait
from mlid_desktop.synthetic.face.person import Person
from mlid_desktop.synthetic.face.portrait import Portrait
from mlid_desktop.synthetic.face.shading import Lighting
from mlid_desktop.vault.keys import slots


def work_out_once(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Keeps drawn people in ``folder``, which the processes of a run share, and stretched passphrases in memory."""
    patch.setattr(slots, "Argon2id", RememberedArgon2id)
    patch.setattr(portrait, "_kept_portrait", DrawnPeople(folder))


class RememberedArgon2id:
    """Argon2id that stretches a passphrase once for each salt and cost: copies of a vault have them in common."""

    def __init__(self, *, salt: bytes, length: int, iterations: int, lanes: int, memory_cost: int) -> None:
        self._given = (salt, length, iterations, lanes, memory_cost)

    def derive(self, passphrase: bytes) -> bytes:
        """The stretched passphrase."""
        return _stretched(passphrase, *self._given)


@cache
def _stretched(passphrase: bytes, salt: bytes, length: int, iterations: int, lanes: int, memory: int) -> bytes:
    kdf = Argon2id(salt=salt, length=length, iterations=iterations, lanes=lanes, memory_cost=memory)
    return kdf.derive(passphrase)


class DrawnPeople:
    """The simulated people that were drawn already; drawing somebody takes seconds, reading the drawing does not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def __call__(self, person: Person, lighting: Lighting, size: tuple[int, int], fine_pixels: int) -> Portrait:
        """The drawing of a person in a light, for frames of ``size`` (width, height), pixels."""
        name = hashlib.sha256(repr((person, lighting, size, fine_pixels)).encode()).hexdigest()
        kept = self._folder / name
        if kept.is_file():
            drawn: Portrait = pickle.loads(kept.read_bytes())
            return drawn
        drawn = Portrait(person, lighting, size, fine_pixels)
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_bytes(pickle.dumps(drawn, pickle.HIGHEST_PROTOCOL))
        written.replace(kept)
        return drawn
