"""What a gallery keeps of faces is held in memory, and leaves it with the gallery."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from mlid_desktop.modalities.face.embedding.index import FaceIndex
from mlid_desktop.process.locked_memory import held_pages, hold_in_memory
from tests.unit.modalities.face.test_templates_and_search import FORM, references
from tests.unit.vault.crypto.test_hygiene import locked_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_the_numbers_of_every_gallery_are_held_in_pages_of_their_own() -> None:
    if not hold_in_memory(held_pages(1 << 20)):
        pytest.skip("this account may lock no memory")
    whole = FaceIndex(FORM, references(60))
    for index in (whole, whole.joined(FaceIndex(FORM, references(40))), whole.without({"s3"})):
        first = index._matrix.ctypes.data
        areas = [area for area in locked_memory() if first in area]
        assert areas
        assert index._matrix.nbytes <= len(areas[0])


def test_a_gallery_that_is_dropped_leaves_nothing_behind() -> None:
    index = FaceIndex(FORM, references(60))
    first = index._matrix.ctypes.data
    assert np.any(index._matrix)
    del index
    assert not any(first in area for area in locked_memory())
