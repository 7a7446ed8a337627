"""Fingers are looked at anew in every test: how they are looked at is what is tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.worked_out_once import work_out_anew


@pytest.fixture(scope="module", autouse=True)
def _looked_at_anew() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        work_out_anew(patch)
        yield
