"""Maps positions on a face to pixels of its texture, and draws small marks there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.synthetic.face.head_shape import SPAN, column_angles, cross_sections, row_heights
from mlid_desktop.synthetic.face.person import Person

LINE_SHIFT = 4  # fractional bits of the coordinates that cv2 draws at


class TextureMap:
    """A map from positions on the face to pixels of its texture."""

    def __init__(self, person: Person, rows: int, columns: int) -> None:
        self._heights = row_heights(rows)[::-1].astype(np.float64)
        self._widths = cross_sections(person, row_heights(rows))[0][::-1].astype(np.float64)
        self._angles = column_angles(columns).astype(np.float64)

    def pixel(self, position: tuple[float, float]) -> tuple[float, float]:
        """The texture pixel (column, row) of the position (x, y) mm."""
        x, y = position
        wide = float(np.interp(y, self._heights, self._widths))
        angle = float(np.arcsin(min(1.0, (abs(x) / max(wide, 1.0)) ** (1 / 0.94))))
        column = float(np.interp(np.sign(x) * min(angle, SPAN), self._angles, np.arange(len(self._angles))))
        row = len(self._heights) - 1 - float(np.interp(y, self._heights, np.arange(len(self._heights))))
        return column, row

    def dot(self, mask: NDArray[np.uint8], position: tuple[float, float], radius: float, value: int) -> None:
        """Draws a filled disc of ``radius`` mm."""
        across, down = self._fixed(position)
        edge = self.pixel((position[0], position[1] + radius))[1]
        size = abs(edge - self.pixel(position)[1])
        cv2.circle(mask, (across, down), max(1, round(size * 2**LINE_SHIFT)), value, -1, cv2.LINE_AA, LINE_SHIFT)

    def line(self, mask: NDArray[np.uint8], start: tuple[float, float], end: tuple[float, float], value: int) -> None:
        """Draws a line as thin as a hair."""
        cv2.line(mask, self._fixed(start), self._fixed(end), value, 1, cv2.LINE_AA, LINE_SHIFT)

    def _fixed(self, position: tuple[float, float]) -> tuple[int, int]:
        column, row = self.pixel(position)
        return round(column * 2**LINE_SHIFT), round(row * 2**LINE_SHIFT)
