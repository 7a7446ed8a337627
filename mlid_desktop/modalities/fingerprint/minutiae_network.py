"""Finds minutiae with the network LEADER (Cappelli and Ferrara 2026), in the part of an image that shows the finger."""

from __future__ import annotations

from math import pi

import numpy as np

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import Field, Mask
from mlid_desktop.modalities.fingerprint.minutiae import BIFURCATION, ENDING, Minutiae, no_minutiae
from mlid_desktop.models.session import ModelSession

QUALITY, COSINE, SINE, IS_ENDING = range(4)  # the network's maps


class MinutiaeNetwork:
    """The network with its model; its directions and kinds are those of :class:`Minutiae`."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        self.sha256 = session.sha256

    def find(self, image: Image, mask: Mask) -> Minutiae:
        """The best MAX_MINUTIAE minutiae of ``image`` (h, w) uint8 at 500 dpi with dark ridges that lie in the finger
        ``mask``. Of a finger larger than any the middle is looked at, so that memory and time are bounded."""
        if not mask.any():
            return no_minutiae()
        rows, columns = _windows(mask)
        maps = self._look(image[rows, columns], int(image[0, 0]))
        found = (maps[QUALITY] >= p.NETWORK_QUALITY) & mask[rows, columns]
        row, column = np.nonzero(found)
        quality = np.minimum(maps[QUALITY][found], 1.0)
        best = np.argsort(-quality, kind="stable")[: p.MAX_MINUTIAE]
        direction = np.arctan2(maps[SINE][found], maps[COSINE][found]) % (2 * pi)
        return Minutiae(
            np.stack([column + columns.start, row + rows.start], axis=1).astype(np.float32)[best],
            direction.astype(np.float32)[best],
            np.where(maps[IS_ENDING][found] >= p.NETWORK_ENDING, ENDING, BIFURCATION).astype(np.uint8)[best],
            quality.astype(np.float32)[best],
        )

    def _look(self, image: Image, ground: int) -> Field:
        """The network's four maps (4, h, w) of an image, which is continued by grey of ``ground`` to sides that the
        network takes."""
        height, width = image.shape
        sides = tuple(-(-side // p.NETWORK_MULTIPLE) * p.NETWORK_MULTIPLE for side in (height, width))
        whole = np.full((1, 1, *sides), ground, np.float32)
        whole[0, 0, :height, :width] = image
        return np.asarray(self._session.run(whole)[0][0, :, :height, :width], np.float32)


def _windows(mask: Mask) -> tuple[slice, slice]:
    """The rows and the columns that show the finger, with a margin: multiples of what the network takes, where the
    image is as large, and together no more than a square of NETWORK_SIDE."""
    reaches = [_reach(np.any(mask, axis=axis)) for axis in (1, 0)]
    shorter = max(min(high - low for low, high in reaches), p.NETWORK_MULTIPLE)
    longest = max(p.NETWORK_SIDE**2 // shorter // p.NETWORK_MULTIPLE * p.NETWORK_MULTIPLE, p.NETWORK_SIDE)
    rows, columns = (_window(*reach, size, longest) for reach, size in zip(reaches, mask.shape, strict=True))
    return rows, columns


def _reach(seen: Mask) -> tuple[int, int]:
    inside = np.nonzero(seen)[0]
    return int(inside[0]) - p.NETWORK_MARGIN, int(inside[-1]) + 1 + p.NETWORK_MARGIN


def _window(low: int, high: int, size: int, longest: int) -> slice:
    length = min(-(-(high - low) // p.NETWORK_MULTIPLE) * p.NETWORK_MULTIPLE, longest)
    start = max(min((low + high - length) // 2, size - length), 0)
    return slice(start, min(start + length, size))
