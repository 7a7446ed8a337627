"""What every source of samples keeps to, whatever it reads: one class, run against each adapter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import pytest

from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.provenance import CHAIN_START, SourceKind, chain_link
from mlid_desktop.domain.samples import FingerSample, FrameSample, Sample, SourceItem

ENDLESS = 50  # more than any source delivers once it is closed


class SourceContract:
    """Subclasses give ``make``, a source that has samples; ``kind``; and ``absent``, one that has nothing behind it."""

    kind: SourceKind
    made_of: type[Sample] = FrameSample
    wanted = 3

    @pytest.fixture
    def make(self) -> Callable[[], Source]:
        """A fresh source, each time it is called."""
        raise NotImplementedError

    @pytest.fixture
    def absent(self) -> Source | None:
        """A source with nothing behind it; None where there is always something."""
        raise NotImplementedError

    def test_samples_come_in_order_whole_and_linked(self, make: Callable[[], Source]) -> None:
        source = make()
        samples = [item for item in islice(source.samples(), self.wanted) if isinstance(item, Sample)]
        source.close()
        assert samples
        assert [sample.sequence for sample in samples] == list(range(len(samples)))
        assert [sample.captured_at for sample in samples] == sorted(sample.captured_at for sample in samples)
        chain = CHAIN_START
        for sample in samples:
            assert isinstance(sample, self.made_of)
            assert isinstance(sample, FrameSample | FingerSample)
            chain = chain_link(chain, sample.image.data)
            assert sample.provenance.chain == chain
            assert sample.provenance.kind is self.kind
            assert sample.provenance.device == source.identity
            assert sample.image.dtype == np.uint8
            assert sample.image.flags.c_contiguous
            assert sample.image.ndim == (3 if isinstance(sample, FrameSample) else 2)

    def test_the_kind_is_what_it_says(self, make: Callable[[], Source]) -> None:
        assert make().kind is self.kind

    def test_it_closes_from_another_thread_and_twice(self, make: Callable[[], Source]) -> None:
        source = make()
        items: Iterator[SourceItem] = source.samples()
        next(items)
        closer = threading.Thread(target=source.close)
        closer.start()
        closer.join()
        source.close()
        rest = list(islice(items, ENDLESS))
        assert len(rest) < ENDLESS

    def test_closed_before_it_began_it_delivers_little_and_ends(self, make: Callable[[], Source]) -> None:
        source = make()
        source.close()
        assert len(list(islice(source.samples(), 5))) <= 1

    def test_nothing_there_is_a_typed_fault(self, absent: Source | None) -> None:
        if absent is None:
            pytest.skip("a simulation is always there")
        with pytest.raises(DeviceError):
            list(islice(absent.samples(), 1))
