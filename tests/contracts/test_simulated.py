"""Simulations under the same contract as devices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import FingerSample
from tests.contracts.source_contract import SourceContract
from tests.pictures import opened

Make = Callable[[], Source]


class TestSimulatedFinger(SourceContract):
    kind = SourceKind.SIMULATED
    made_of = FingerSample

    @pytest.fixture
    def make(self) -> Make:
        return lambda: opened("simulated:finger?seed=7", Modality.FINGERPRINT)

    @pytest.fixture
    def absent(self) -> None:
        return None


class TestSimulatedFingerUnderGivenConditions(TestSimulatedFinger):
    @pytest.fixture
    def make(self) -> Make:
        text = "simulated:finger?seed=7&sensor=capacitive&dpi=750&moisture=-60&pressure=30&noise=40"
        return lambda: opened(text, Modality.FINGERPRINT)

    def test_the_reader_is_the_one_that_was_asked_for(self, make: Make) -> None:
        source = make()
        sample = next(item for item in source.samples() if isinstance(item, FingerSample))
        source.close()
        assert isinstance(sample, FingerSample)
        assert sample.dpi == 750.0
        assert sample.image.shape == (450, 450)


def test_an_impression_is_one_touch_and_the_same_each_time() -> None:
    text = "simulated:finger?seed=5&impression=2"
    first, again = (list(opened(text, Modality.FINGERPRINT).samples()) for _ in range(2))
    assert len(first) == len(again) == 1
    assert isinstance(first[0], FingerSample)
    assert isinstance(again[0], FingerSample)
    assert np.array_equal(first[0].image, again[0].image)


@pytest.mark.parametrize(
    "options",
    ["seed=-1", "impression=-1", "moisture=101", "noise=-1", "dpi=100", "dpi=5000", "sensor=thermal", "wet=1"],
)
def test_a_finger_that_cannot_be_is_refused(options: str) -> None:
    with pytest.raises(DeviceError) as fault:
        opened(f"simulated:finger?{options}", Modality.FINGERPRINT)
    assert fault.value.code is Code.DEVICE_BAD_ADDRESS


class TestSimulatedFace(SourceContract):
    kind = SourceKind.SIMULATED

    @pytest.fixture
    def make(self) -> Make:
        return lambda: opened("simulated:face?seed=7&fps=0")

    @pytest.fixture
    def absent(self) -> None:
        return None
