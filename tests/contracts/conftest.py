"""Fixtures of the tests of signed readers: a device service on loopback with a finger on its reader."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlid_desktop.domain.samples import Image
from tests.contracts.sbi_desk import record_of
from tests.contracts.sbi_service import SbiService
from tests.contracts.virtual_reader import finger


@pytest.fixture(scope="module")
def image() -> Image:
    return finger()


@pytest.fixture
def service(image: Image) -> Iterator[SbiService]:
    made = SbiService()
    made.record = record_of(image)
    yield made
    made.close()
