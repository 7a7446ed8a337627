"""The first stage of a 1:N fingerprint search as a table: of each finger its best cylinders as packed bits, and where
they lie; made once of a template, kept beside it, joined with those of other fingers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.templates import SearchTable, Template
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import prepare
from mlid_desktop.modalities.fingerprint.cylinders import GRID
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger, ReadyImpression
from mlid_desktop.modalities.fingerprint.templates import DIRECTIONS, decode_impressions

Words = NDArray[np.uint64]
Poses = NDArray[np.uint16]

FULL = 0.5
WORDS = -(-GRID * p.SECTIONS // 64)
MOST_CYLINDERS = p.FIRST_STAGE_MINUTIAE * p.MAX_IMPRESSIONS
POSE = np.dtype("<u2")
POSE_BYTES, BITS_BYTES = 3 * POSE.itemsize, WORDS * 8
DIRECTION_UNIT = np.float32(2 * pi / DIRECTIONS)


@dataclass(frozen=True, slots=True, eq=False)
class BinaryCylinders:
    """The best n cylinders of a finger: ``bits`` (n, WORDS), one for each cell of the disc that is over half full;
    ``poses`` (n, 3) x, y and direction of their owners, as a template has them."""

    bits: Words = field(repr=False)
    poses: Poses = field(repr=False)

    @property
    def floats(self) -> NDArray[np.float32]:
        """The poses (n, 3) in pixels and radians."""
        return unpacked_poses(self.poses)

    def encoded(self) -> bytes:
        """The content of a search table: how many cylinders, their poses, their bits."""
        return bytes([len(self.bits)]) + self.poses.astype(POSE).tobytes() + self.bits.tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class CylinderTable:
    """The tables of k fingers joined, n cylinders in all, one finger after another: ``words`` (WORDS, n) their bits,
    ``set_bits`` (n,) how many of them are set, ``poses`` (n, 3), ``sizes`` (k,) cylinders of each finger."""

    words: Words = field(repr=False)
    set_bits: NDArray[np.float32] = field(repr=False)
    poses: Poses = field(repr=False)
    sizes: NDArray[np.intp] = field(repr=False)

    @classmethod
    def of(cls, contents: Sequence[bytes]) -> CylinderTable:
        """Joins the contents of the search tables of fingers, each whole as :func:`read_content` has found it."""
        sizes = np.array([content[0] for content in contents], np.intp)
        ends = [1 + content[0] * POSE_BYTES for content in contents]
        poses = b"".join([content[1:end] for content, end in zip(contents, ends, strict=True)])
        bits = b"".join([content[end:] for content, end in zip(contents, ends, strict=True)])
        words = np.ascontiguousarray(np.frombuffer(bits, np.uint64).reshape(-1, WORDS).T)
        return cls(words, _set_bits(words), np.frombuffer(poses, POSE).reshape(-1, 3), sizes)

    @classmethod
    def joined(cls, tables: Iterable[CylinderTable]) -> CylinderTable:
        """A table of the fingers of all of these, in their order; at least one."""
        parts = tuple(tables)
        return cls(
            np.concatenate([part.words for part in parts], axis=1),
            np.concatenate([part.set_bits for part in parts]),
            np.concatenate([part.poses for part in parts]),
            np.concatenate([part.sizes for part in parts]),
        )

    def selected(self, kept: NDArray[np.bool_]) -> CylinderTable:
        """The table of those of the fingers that are ``kept`` (k,)."""
        rows = np.repeat(kept, self.sizes)
        words = np.ascontiguousarray(self.words[:, rows])
        return CylinderTable(words, self.set_bits[rows], self.poses[rows], self.sizes[kept])

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it takes."""
        return int(sum(array.nbytes for array in (self.words, self.set_bits, self.poses, self.sizes)))


def tabulated(template: Template) -> Template:
    """The fingerprint template with a search table of the present version: itself where it has one. Raises ModelError
    for malformed bytes."""
    if read_content(template.search_table) is not None:
        return template
    cylinders = binarise_finger(prepare(decode_impressions(template.payload)))
    return replace(template, search_table=SearchTable(p.TABLE_VERSION, cylinders.encoded()))


def content_of(template: Template) -> bytes:
    """The content of a template's search table, made where it has none of the present version. Raises ModelError for
    malformed bytes."""
    content = read_content(tabulated(template).search_table)
    if content is None:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="search table")
    return content


def read_content(untrusted: SearchTable | None) -> bytes | None:
    """The content of a search table; None where there is none, of another version, or malformed, so that it is made
    anew."""
    if untrusted is None or untrusted.version != p.TABLE_VERSION or not untrusted.content:
        return None
    count, length = untrusted.content[0], len(untrusted.content)
    whole = count <= MOST_CYLINDERS and length == 1 + count * (POSE_BYTES + BITS_BYTES)
    return untrusted.content if whole else None


def binarise_finger(finger: ReadyFinger) -> BinaryCylinders:
    """The best cylinders of each impression of a finger, as bits."""
    tables = [_binarise_impression(impression) for impression in finger]
    return BinaryCylinders(
        np.concatenate([table.bits for table in tables]), np.concatenate([table.poses for table in tables])
    )


def unpacked_poses(poses: Poses) -> NDArray[np.float32]:
    """Poses (..., 3) as a table has them, in pixels and radians."""
    floats = poses.astype(np.float32)
    floats[..., 2] *= DIRECTION_UNIT
    return floats


def _binarise_impression(impression: ReadyImpression) -> BinaryCylinders:
    cylinders, minutiae = impression.cylinders, impression.cylinders.minutiae
    worth = minutiae.quality[cylinders.owner] * impression.weight[cylinders.owner]
    best = np.argsort(-worth, kind="stable")[: p.FIRST_STAGE_MINUTIAE]
    padded = np.zeros((len(best), WORDS * 64), np.bool_)
    padded[:, : GRID * p.SECTIONS] = cylinders.cells[best] > FULL
    owner = cylinders.owner[best]
    direction = np.rint(minutiae.direction[owner, None] / DIRECTION_UNIT).astype(np.int64) % DIRECTIONS
    poses = np.concatenate([np.rint(minutiae.position[owner]).astype(np.int64), direction], axis=1)
    return BinaryCylinders(np.packbits(padded, axis=1).view(np.uint64), poses.astype(np.uint16))


def _set_bits(words: Words) -> NDArray[np.float32]:
    return np.asarray(np.bitwise_count(words).sum(axis=0, dtype=np.uint16), np.float32)
