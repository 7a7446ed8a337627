"""Minutiae as bytes: one version byte, then eight bytes a minutia."""

from __future__ import annotations

from math import pi

import numpy as np

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.minutiae import BIFURCATION, ENDING, Minutiae

ROW = np.dtype([("x", ">u2"), ("y", ">u2"), ("direction", ">u2"), ("kind", "u1"), ("quality", "u1")])
DIRECTIONS = 65_536


def encode(minutiae: Minutiae) -> bytes:
    """At most 961 bytes for the 120 minutiae that are kept."""
    rows = np.empty(len(minutiae), ROW)
    rows["x"], rows["y"] = np.rint(minutiae.place).astype(np.uint16).T if len(minutiae) else (0, 0)
    rows["direction"] = np.rint(minutiae.direction / (2 * pi) * DIRECTIONS).astype(np.int64) % DIRECTIONS
    rows["kind"] = minutiae.kind
    rows["quality"] = np.rint(minutiae.quality * 255).astype(np.uint8)
    return bytes([p.PAYLOAD_VERSION]) + rows.tobytes()


def decode(untrusted_payload: bytes) -> Minutiae:
    """The minutiae in a payload. Raises ModelError(MODEL_TEMPLATE_INVALID)."""
    body = untrusted_payload[1:]
    if not untrusted_payload or untrusted_payload[0] != p.PAYLOAD_VERSION:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="version")
    if len(body) % ROW.itemsize or not p.MIN_MINUTIAE <= len(body) // ROW.itemsize <= p.MAX_MINUTIAE:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="length")
    rows = np.frombuffer(body, ROW)
    if rows["x"].max() >= p.MAX_SIDE or rows["y"].max() >= p.MAX_SIDE:
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="place")
    if not np.isin(rows["kind"], (ENDING, BIFURCATION)).all():
        raise ModelError(Code.MODEL_TEMPLATE_INVALID, why="kind")
    place = np.stack([rows["x"], rows["y"]], axis=1).astype(np.float32)
    direction = rows["direction"].astype(np.float32) * np.float32(2 * pi / DIRECTIONS)
    return Minutiae(place, direction, rows["kind"].copy(), np.asarray(rows["quality"] / 255, np.float32))
