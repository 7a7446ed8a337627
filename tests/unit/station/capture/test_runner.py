"""The road: hand-offs between threads, the feed, the runner and the admission of sources."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.ports import SearchIndex
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FrameSample, Sample, SourceItem
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.station.capture.admission import AdmittedSource
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import Every, Newest
from mlid_desktop.station.capture.runner import run_capture
from mlid_desktop.station.threads import Owner, ThreadRole, Worker
from mlid_desktop.workflow import events
from mlid_desktop.workflow.identification import IdentificationSession
from tests.makers import CAMERA, EXTRACTOR, observation
from tests.unit.workflow.test_sessions import identifying

LOST = DeviceNotice(DeviceEvent.LOST, CAMERA)


def frame(sequence: int) -> FrameSample:
    return FrameSample(sequence, float(sequence), Provenance(SourceKind.LIVE, CAMERA), np.zeros((8, 8, 3), np.uint8))


def test_a_slow_reader_gets_the_newest_frame_and_every_notice() -> None:
    handoff = Newest()
    for item in (frame(0), LOST, frame(1), frame(2)):
        handoff.put(item)
    handoff.close()
    assert [getattr(item, "sequence", "notice") for item in handoff] == ["notice", 2]


def test_every_block_of_sound_arrives_in_order() -> None:
    handoff = Every(capacity=100)
    for number in range(100):
        handoff.put(frame(number))
    handoff.close()
    assert [item.sequence for item in handoff if isinstance(item, Sample)] == list(range(100))


def test_a_full_ring_is_a_loud_fault_after_what_was_kept() -> None:
    handoff = Every(capacity=2)
    for number in range(3):
        handoff.put(frame(number))
    read: list[SourceItem] = []
    with pytest.raises(DeviceError) as fault:
        read.extend(handoff)
    assert fault.value.code is Code.DEVICE_STALLED


class Frames:
    """A source that delivers until it is closed, or fails after so many."""

    identity = CAMERA
    kind = SourceKind.LIVE

    def __init__(self, fails_after: int | None = None) -> None:
        self._fails_after = fails_after
        self._closed = threading.Event()

    def samples(self) -> Iterator[SourceItem]:
        number = 0
        while not self._closed.wait(0.001):
            if number == self._fails_after:
                raise DeviceError(Code.DEVICE_LOST)
            yield frame(number)
            number += 1

    def close(self) -> None:
        self._closed.set()


def test_the_feed_delivers_and_ends_its_thread() -> None:
    seen: list[SourceItem] = []
    enough = threading.Event()

    def look(item: SourceItem) -> None:
        seen.append(item)
        if len(seen) > 2:
            enough.set()

    with CaptureThread(Frames(), tap=look) as feed:
        items = iter(feed)
        next(items)
        assert enough.wait(60)  # the tap sees what is delivered, also where the reader takes its time
        next(items)
    assert len(seen) > 2


def test_a_fault_of_the_device_is_raised_to_the_reader() -> None:
    with pytest.raises(DeviceError) as fault, CaptureThread(Frames(fails_after=3)) as feed:
        list(feed)
    assert fault.value.code is Code.DEVICE_LOST


def test_a_stopped_feed_ends_the_readers_iteration() -> None:
    with CaptureThread(Frames()) as feed:
        threading.Timer(0.05, feed.stop).start()
        list(feed)


class Plain:
    """A pipeline that says the same of every sample."""

    modality = Modality.FACE
    extractor: Extractor = EXTRACTOR

    def __init__(self) -> None:
        self.observed = 0

    def observe(self, sample: Sample) -> Observation:
        self.observed += 1
        return observation()

    def compare(self, observed: Observation, references: Sequence[Reference]) -> Evidence:
        return Evidence(observed)

    def consolidate(self, templates: Sequence[Template]) -> Template:
        return templates[0]

    def similarity(self, first: Template, second: Template) -> float:
        return 1.0

    def index(self, references: Sequence[Reference]) -> SearchIndex:
        raise NotImplementedError


def run(items: Sequence[SourceItem], **options: object) -> tuple[IdentificationSession, list[object], Plain]:
    published: list[object] = []
    pipeline = Plain()
    session = run_capture(identifying(), items, pipeline, publish=published.append, **options)  # type: ignore[arg-type] # handed on
    return session, published, pipeline


def test_the_runner_stops_when_the_session_has_what_it_needs() -> None:
    session, published, pipeline = run([frame(number) for number in range(100)])
    assert session.capture is not None
    assert session.capture.finished
    assert pipeline.observed == 6
    assert session.capture.plan.characteristic == FACE
    assert len(published) == 7


def test_notices_are_published_between_states() -> None:
    _, published, _ = run([frame(0), LOST, frame(1)])
    assert published[1] == LOST


def test_items_that_end_end_the_capture() -> None:
    session, _, _ = run([frame(0)])
    assert session.capture is not None
    assert session.capture.finished


def test_the_operators_hand_reaches_the_session() -> None:
    session, _, pipeline = run([frame(0)] * 50, interventions=lambda: [events.CaptureEnded()])
    assert pipeline.observed == 0
    assert session.capture is not None
    assert session.capture.finished


def test_the_same_recording_gives_the_same_result() -> None:
    first, second = (run([frame(number) for number in range(6)])[0] for _ in range(2))
    assert first.capture is not None
    assert second.capture is not None
    assert [take.finding for take in first.capture.takes] == [take.finding for take in second.capture.takes]


@pytest.mark.parametrize(("registered", "kind"), [((), SourceKind.RECORDED), ((CAMERA,), SourceKind.LIVE)])
def test_only_a_registered_device_is_live(registered: tuple[DeviceIdentity, ...], kind: SourceKind) -> None:
    source = AdmittedSource(Frames(), registered)
    first = next(iter(source.samples()))
    source.close()
    assert isinstance(first, Sample)
    assert (source.kind, first.provenance.kind) == (kind, kind)


def test_a_role_belongs_to_the_first_thread_that_plays_it() -> None:
    owner = Owner(ThreadRole.VAULT)
    worker = Worker(ThreadRole.VAULT)
    try:
        worker.submit(owner.require).result()
        worker.submit(owner.require).result()
        with pytest.raises(RuntimeError, match="vault"):
            owner.require()
    finally:
        worker.stop()
