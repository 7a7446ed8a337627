"""Fingerprint templates as bytes: one or two impressions, each with its minutiae and the coarse flow of its ridges.

Payload: version, number of impressions; then for each a header of 8 bytes (minutiae, touches merged, rows, columns,
left and top of the flow), 8 bytes a minutia, and one byte a block of flow. Never more than MAX_PAYLOAD bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import pi
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.minutiae import BIFURCATION, ENDING, Minutiae
from mlid_desktop.modalities.fingerprint.orientation_grid import FlowGrid, empty_flow_grid

HEADER = struct.Struct(">BBBBhh")  # minutiae, touches, rows and columns of the flow, its left and top
ROW = np.dtype([("x", ">u2"), ("y", ">u2"), ("direction", ">u2"), ("kind", "u1"), ("seen", "u1")])
DIRECTIONS = 65_536
QUALITIES = 63  # six bits, beside two bits of kind
MAX_PAYLOAD = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """The minutiae and coarse ridge flow of one or more merged touches: ``seen`` (n,) counts in how many of the
    ``touches`` each minutia was found."""

    minutiae: Minutiae
    flow: FlowGrid = field(default_factory=empty_flow_grid)
    seen: NDArray[np.uint8] | None = field(default=None, repr=False)
    touches: int = 1

    @property
    def weight(self) -> NDArray[np.float32]:
        """Weight (n,) of each minutia, 0..1: found in each touch it counts whole, found once among several it counts
        little."""
        if self.seen is None or self.touches <= 1:
            return np.ones(len(self.minutiae), np.float32)
        return np.asarray(np.minimum(self.seen / min(self.touches, p.SEEN_ENOUGH), 1.0), np.float32)


def encode(minutiae: Minutiae, flow: FlowGrid | None = None) -> bytes:
    """The template payload of one touch."""
    return encode_impressions((Impression(minutiae, flow or empty_flow_grid()),))


def encode_impressions(impressions: Sequence[Impression]) -> bytes:
    """The template payload of one or two impressions, each of at most MAX_MINUTIAE minutiae with coordinates >= 0."""
    return bytes([p.PAYLOAD_VERSION, len(impressions)]) + b"".join(_packed(impression) for impression in impressions)


def decode(untrusted_payload: bytes) -> Minutiae:
    """The minutiae of the first (best) impression in a template payload. Raises ModelError(MODEL_TEMPLATE_INVALID)."""
    return decode_impressions(untrusted_payload)[0].minutiae


def decode_impressions(untrusted_payload: bytes) -> tuple[Impression, ...]:
    """The impressions in a fingerprint template's payload. Raises ModelError(MODEL_TEMPLATE_INVALID)."""
    if len(untrusted_payload) > MAX_PAYLOAD or len(untrusted_payload) < 2:
        _refuse("length")
    if untrusted_payload[0] != p.PAYLOAD_VERSION:
        _refuse("version")
    if not 1 <= untrusted_payload[1] <= p.MAX_IMPRESSIONS:
        _refuse("impressions")
    impressions, start = [], 2
    for _ in range(untrusted_payload[1]):
        impression, start = _unpacked(untrusted_payload, start)
        impressions.append(impression)
    if start != len(untrusted_payload):
        _refuse("length")
    return tuple(impressions)


def _packed(impression: Impression) -> bytes:
    minutiae, flow = impression.minutiae, impression.flow
    header = HEADER.pack(len(minutiae), impression.touches, *flow.blocks.shape, flow.left, flow.top)
    rows = np.empty(len(minutiae), ROW)
    rows["x"], rows["y"] = np.rint(minutiae.position).astype(np.uint16).T if len(minutiae) else (0, 0)
    rows["direction"] = np.rint(minutiae.direction / (2 * pi) * DIRECTIONS).astype(np.int64) % DIRECTIONS
    rows["kind"] = minutiae.kind * (QUALITIES + 1) + np.rint(minutiae.quality * QUALITIES).astype(np.uint8)
    rows["seen"] = 1 if impression.seen is None else impression.seen
    return header + rows.tobytes() + flow.blocks.tobytes()


def _unpacked(untrusted: bytes, start: int) -> tuple[Impression, int]:
    if start + HEADER.size > len(untrusted):
        _refuse("length")
    count, touches, height, width, left, top = HEADER.unpack_from(untrusted, start)
    if not p.MIN_MINUTIAE <= count <= p.MAX_MINUTIAE or not 1 <= touches <= p.MAX_TOUCHES:
        _refuse("count")
    if max(height, width) > p.FLOW_SIDE:
        _refuse("flow")
    body = start + HEADER.size
    end = body + count * ROW.itemsize + height * width
    if end > len(untrusted):
        _refuse("length")
    rows = np.frombuffer(untrusted, ROW, count, body)
    blocks = np.frombuffer(untrusted, np.uint8, height * width, body + count * ROW.itemsize).reshape(height, width)
    position = np.empty((count, 2), np.float32)
    position[:, 0], position[:, 1] = rows["x"], rows["y"]
    kind, quality = np.divmod(rows["kind"], np.uint8(QUALITIES + 1))
    seen = rows["seen"].copy()
    if max(position.max(), abs(left), abs(top)) >= p.MAX_SIDE:
        _refuse("place")
    if kind.min() < ENDING or kind.max() > BIFURCATION:
        _refuse("kind")
    if seen.min() < 1 or seen.max() > touches:
        _refuse("seen")
    if blocks.size and blocks.max() > p.FLOW_ORIENTATIONS * p.FLOW_CLARITIES:
        _refuse("flow")
    direction = rows["direction"] * np.float32(2 * pi / DIRECTIONS)
    minutiae = Minutiae(position, direction, kind, np.asarray(quality / np.float32(QUALITIES), np.float32))
    return Impression(minutiae, FlowGrid(blocks, left, top), seen, touches), end


def _refuse(why: str) -> NoReturn:
    raise ModelError(Code.MODEL_TEMPLATE_INVALID, why=why)
