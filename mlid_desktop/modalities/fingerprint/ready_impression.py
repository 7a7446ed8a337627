"""A finger impression prepared for comparison, so that the work is done once for many comparisons."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint.cylinders import Cylinders, Grid
from mlid_desktop.modalities.fingerprint.orientation_grid import FlowField


@dataclass(frozen=True, slots=True, eq=False)
class ReadyImpression:
    """A finger impression prepared for comparison. ``weight`` (n,) 0..1: what each minutia counts; ``rank`` (n,) its
    cylinder or -1; ``order`` says which of two comes first, so that the comparison is the same in either order."""

    cylinders: Cylinders
    flow: FlowField
    weight: Grid = field(repr=False)
    rank: NDArray[np.intp] = field(repr=False)
    order: tuple[int, bytes] = field(repr=False)
