"""Simulations under the same contract as devices."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import FingerSample
from tests.contracts.pictures import opened
from tests.contracts.source_contract import SourceContract

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


class TestSimulatedFace(SourceContract):
    kind = SourceKind.SIMULATED

    @pytest.fixture
    def make(self) -> Make:
        return lambda: opened("simulated:face?seed=7&fps=0")

    @pytest.fixture
    def absent(self) -> None:
        return None
