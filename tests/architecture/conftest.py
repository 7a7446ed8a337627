"""Trees of the checkout's files are kept while its rules are tested, and no longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.architecture.sources import parsed


@pytest.fixture(scope="package", autouse=True)
def _trees() -> Iterator[None]:
    """They are a quarter of a gigabyte, which no test after these needs."""
    yield
    parsed.cache_clear()
