"""What every source of sound keeps to, whatever it hears: one class, run against each adapter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest

from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.ports import Prompted, Source
from mlid_desktop.domain.provenance import CHAIN_START, SourceKind, chain_link
from mlid_desktop.domain.samples import SoundSample

ENDLESS = 100  # blocks: more than any source delivers once it is closed


class SoundContract:
    """Subclasses give ``make``, a source that has sound; ``kind``; ``absent``, one that has nothing behind it; and
    whether it ``answers`` prompts."""

    kind: SourceKind
    answers = False
    wanted = 5

    @pytest.fixture
    def make(self) -> Callable[[], Source]:
        """A fresh source, each time it is called."""
        raise NotImplementedError

    @pytest.fixture
    def absent(self) -> Source | None:
        """A source with nothing behind it; None where there is always something."""
        raise NotImplementedError

    def test_blocks_come_in_order_whole_and_linked(self, make: Callable[[], Source]) -> None:
        source = make()
        samples = [item for item in islice(source.samples(), self.wanted) if isinstance(item, SoundSample)]
        source.close()
        assert samples
        assert [sample.sequence for sample in samples] == list(range(len(samples)))
        assert [sample.captured_at for sample in samples] == sorted(sample.captured_at for sample in samples)
        chain = CHAIN_START
        for sample in samples:
            chain = chain_link(chain, sample.block.data)
            assert sample.provenance.chain == chain
            assert sample.provenance.kind is self.kind
            assert sample.provenance.device == source.identity

    def test_sound_is_one_row_of_numbers_within_full_scale_at_one_rate(self, make: Callable[[], Source]) -> None:
        source = make()
        samples = [item for item in islice(source.samples(), self.wanted) if isinstance(item, SoundSample)]
        source.close()
        assert len({sample.rate for sample in samples}) == 1
        for sample in samples:
            assert sample.block.dtype == np.float32
            assert sample.block.ndim == 1
            assert len(sample.block)
            assert sample.block.flags.c_contiguous
            assert np.abs(sample.block).max() <= 1.0

    def test_it_says_how_it_was_recorded(self, make: Callable[[], Source]) -> None:
        source = make()
        sample = next(item for item in source.samples() if isinstance(item, SoundSample))
        source.close()
        assert sample.origin is not None
        assert sample.origin.rate >= 4000
        assert sample.origin.channels >= 1
        assert sample.origin.peak >= 0.0
        assert sample.origin.clipped >= 0

    def test_the_kind_is_what_it_says(self, make: Callable[[], Source]) -> None:
        assert make().kind is self.kind

    def test_it_closes_from_another_thread_and_twice(self, make: Callable[[], Source]) -> None:
        source = make()
        items = source.samples()
        next(items)
        closer = threading.Thread(target=source.close)
        closer.start()
        closer.join()
        source.close()
        assert len(list(islice(items, ENDLESS))) < ENDLESS

    def test_closed_before_it_began_it_delivers_nothing(self, make: Callable[[], Source]) -> None:
        source = make()
        source.close()
        assert list(islice(source.samples(), 5)) == []

    def test_nothing_there_is_a_typed_fault(self, absent: Source | None) -> None:
        if absent is None:
            pytest.skip("a simulation is always there")
        with pytest.raises(DeviceError):
            list(islice(absent.samples(), 1))

    def test_it_answers_prompts_or_is_none_that_does(self, make: Callable[[], Source]) -> None:
        source = make()
        assert isinstance(source, Prompted) is self.answers
        source.close()
