"""Fingers are made anew in every test: how they are made is what is tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.worked_out_once import draw_anew


@pytest.fixture(scope="module", autouse=True)
def _made_anew() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        draw_anew(patch)
        yield
