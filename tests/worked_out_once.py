"""Costly results that depend on their arguments alone, worked out once for all tests of a run."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Lock, get_ident
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.policy import read_policy
from mlid_desktop.devices.simulated import fingerprint_reader
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FingerSample, Image, Sample
from mlid_desktop.modalities.fingerprint.pipeline import FingerprintPipeline
from mlid_desktop.models import session, store
from mlid_desktop.models.manifest import Manifest, ModelEntry
from mlid_desktop.models.session import ModelSession
from mlid_desktop.station.configuration import shipped_rules
from mlid_desktop.synthetic.face import portrait
from mlid_desktop.synthetic.face.backdrop import Backdrop
from mlid_desktop.synthetic.face.head_model import HeadSolid
from mlid_desktop.synthetic.face.person import Person
from mlid_desktop.synthetic.face.shading import LightBall, Lighting
from mlid_desktop.synthetic.fingerprint import (
    MasterFinger,
    Sensor,
    TouchParameters,
    choose_touch,
    impress,
    make_master,
    master,
)
from mlid_desktop.vault.keys import slots
from mlid_desktop.vault.store import sqlcipher

DRAWN_IN_MEMORY = 4  # of 40 MB at most
FINGERS_IN_MEMORY, MASTERS_IN_MEMORY, IMAGES_IN_MEMORY = 512, 16, 64
STATEMENTS_IN_MEMORY = 1000  # of SQL; a vault has a few hundred

Result = TypeVar("Result")
NO_SAMPLE = Sample(0, 0.0, Provenance(SourceKind.SIMULATED, DeviceIdentity("none", "none", "none")))
OBSERVE = FingerprintPipeline.observe
GEOMETRY = FingerprintPipeline._geometry
ENGINE = sqlcipher._engine


def work_out_once(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Keeps drawn people and what was seen of fingers in ``folder``, which the processes of a run share, and stretched
    passphrases, opened models, compiled SQL and the program's own files that were read in memory."""
    patch.setattr(slots, "Argon2id", RememberedArgon2id)
    patch.setattr(sqlcipher, "_engine", engine)
    people, fingers = DrawnPeople(folder), SeenFingers(folder)
    patch.setattr(portrait, "HeadSolid", people.head)
    patch.setattr(portrait, "Backdrop", people.backdrop)
    made = MadeFingers(folder)
    patch.setattr(sys.modules[__name__], "MADE", made)
    patch.setattr(master, "make_master", made.master)
    patch.setattr(fingerprint_reader, "impress", made.impression)

    def observe(pipeline: FingerprintPipeline, sample: Sample) -> Observation:
        return fingers.observe(pipeline, sample)

    def geometry(pipeline: FingerprintPipeline, sample: Sample) -> bytes:
        return fingers.geometry(pipeline, sample)

    patch.setattr(FingerprintPipeline, "observe", observe)
    patch.setattr(FingerprintPipeline, "_geometry", geometry)
    patch.setattr(store, "open_session", OPENED)
    patch.setattr(shipped_rules, "read_calibration", cache(read_calibration))
    patch.setattr(shipped_rules, "read_policy", cache(read_policy))
    patch.setattr(Manifest, "parse", cache(Manifest.parse))


def work_out_anew(patch: pytest.MonkeyPatch) -> None:
    """Looks at every finger and opens every model anew, for the tests of just that."""
    patch.setattr(FingerprintPipeline, "observe", OBSERVE)
    patch.setattr(FingerprintPipeline, "_geometry", GEOMETRY)
    patch.setattr(store, "open_session", session.open_session)


def draw_anew(patch: pytest.MonkeyPatch) -> None:
    """Makes every finger anew, for the tests of just that."""
    patch.setattr(master, "make_master", make_master)
    patch.setattr(fingerprint_reader, "impress", impress)


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


class CompiledStatements(LRUCache[Any, Any]):
    """The SQL of statements that some vault's database was asked already. SQLAlchemy asks by its dialect first, which
    every opened vault has of its own; they are all alike."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """The compiled statement, by all but the dialect."""
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        """Keeps a compiled statement."""
        super().__setitem__(key[1:], compiled)


COMPILED = CompiledStatements(STATEMENTS_IN_MEMORY)


def engine(path: Path, key: bytearray) -> Engine:
    """The engine of a vault's database, which compiles no statement that another compiled."""
    return ENGINE(path, key).execution_options(compiled_cache=COMPILED)


class OpenedModels:
    """The models that were opened already, each once for its bytes, its entry in the manifest and its threads."""

    def __init__(self) -> None:
        self._opened = dict[tuple[str, str, int], ModelSession]()

    def __call__(self, entry: ModelEntry, verified: bytes, threads: int) -> ModelSession:
        """As :func:`mlid_desktop.models.session.open_session`."""
        known = (repr(entry), hashlib.sha256(verified).hexdigest(), threads)
        if known not in self._opened:
            self._opened[known] = session.open_session(entry, verified, threads)
        return self._opened[known]


OPENED = OpenedModels()


class Kept:
    """Results by a digest of what they follow from: the newest ``most`` in memory, all in a folder that the processes
    of a run share."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._newest, self._changing = OrderedDict[str, Any](), Lock()
        folder.mkdir(exist_ok=True)

    def result(self, given: bytes, work_out: Callable[[], Result]) -> Result:
        """What was worked out from ``given`` before, else what is worked out now."""
        name = hashlib.sha256(given).hexdigest()
        with self._changing:
            found: Result | None = self._newest.get(name)
        if found is None:
            found = self._read_or_written(self._folder / name, work_out)
        with self._changing:
            self._newest[name] = found
            self._newest.move_to_end(name)
            if len(self._newest) > self._most:
                self._newest.popitem(last=False)
        return found

    def _read_or_written(self, kept: Path, work_out: Callable[[], Result]) -> Result:
        if kept.is_file():
            found: Result = pickle.loads(kept.read_bytes())
            return found
        made = work_out()
        written = kept.with_suffix(f".{os.getpid()}-{get_ident()}")
        written.write_bytes(pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
        written.replace(kept)
        return made


class DrawnPeople:
    """The heads and the rooms behind them that were drawn already; drawing them takes a second, reading them does not.
    Who asks gets one of their own, as it was drawn."""

    def __init__(self, folder: Path) -> None:
        self._kept = Kept(folder, DRAWN_IN_MEMORY)

    def head(self, person: Person) -> HeadSolid:
        """The head of a person."""
        return deepcopy(self._kept.result(repr(("head", person)).encode(), lambda: HeadSolid(person)))

    def backdrop(
        self, person: Person, lighting: Lighting, ball: LightBall, size: tuple[int, int], lift: float
    ) -> Backdrop:
        """The room behind a person in a light, whose ``ball`` follows from it, for frames of ``size``, pixels."""
        given = repr(("backdrop", person, lighting, size, lift)).encode()
        return deepcopy(self._kept.result(given, lambda: Backdrop(person, lighting, ball, size, lift)))


class MadeFingers:
    """The made-up fingers that were grown already, and what a simulated reader saw of each touch."""

    def __init__(self, folder: Path) -> None:
        self._masters, self._images = Kept(folder, MASTERS_IN_MEMORY), Kept(folder, IMAGES_IN_MEMORY)

    def master(self, seed: int) -> MasterFinger:
        """The finger of a seed."""
        return self._masters.result(repr(("master", seed)).encode(), lambda: make_master(seed))

    def impression(self, finger: MasterFinger, touch: TouchParameters, number: int, sensor: Sensor) -> Image:
        """The image of a touch, the caller's own. ``finger`` is known by its seed, as the reader grows no other."""
        given = repr(("impression", finger.seed, touch, number, sensor)).encode()
        return self._images.result(given, lambda: impress(finger, touch, number, sensor)).copy()

    def touch(self, seed: int, impression: int) -> Image:
        """As :func:`touch_image`."""
        given = repr(("touch", seed, impression)).encode()
        return self._images.result(given, lambda: _made_touch(seed, impression, self.master)).copy()


MADE: MadeFingers | None = None  # of the run, while there is one


def touch_image(seed: int, impression: int = 0) -> Image:
    """A touch of a made-up finger, the caller's own: the same as the generator's, which makes it once in a run."""
    return _made_touch(seed, impression, make_master) if MADE is None else MADE.touch(seed, impression)


def _made_touch(seed: int, impression: int, finger_of: Callable[[int], MasterFinger]) -> Image:
    return impress(finger_of(seed), choose_touch(seed, impression), impression)


class SeenFingers:
    """What was seen already of finger images, which the same image, resolution, gates and network show again."""

    def __init__(self, folder: Path) -> None:
        self._kept = Kept(folder, FINGERS_IN_MEMORY)

    def observe(self, pipeline: FingerprintPipeline, sample: Sample) -> Observation:
        """What ``pipeline`` observes of the sample."""
        if not isinstance(sample, FingerSample):
            return OBSERVE(pipeline, sample)
        seen = self._kept.result(
            _given("observe", pipeline, sample), lambda: replace(OBSERVE(pipeline, sample), sample=NO_SAMPLE)
        )
        return replace(seen, sample=sample)

    def geometry(self, pipeline: FingerprintPipeline, sample: Sample) -> bytes:
        """What ``pipeline`` knows the sample again by."""
        if not isinstance(sample, FingerSample):
            return GEOMETRY(pipeline, sample)
        return self._kept.result(_given("geometry", pipeline, sample), lambda: GEOMETRY(pipeline, sample))


def _given(what: str, pipeline: FingerprintPipeline, sample: FingerSample) -> bytes:
    image = sample.image
    known = (what, pipeline.extractor, pipeline._gates, sample.dpi, image.shape, image.dtype.str)
    return repr(known).encode() + image.tobytes()
