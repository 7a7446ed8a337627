"""Watches the mouth of who says the digits, by the camera beside the microphone, so that lips and speech can be held
against one another. Of each frame the opening of the mouth is kept, until the take is over; no picture is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.ports import MouthMeasuring, Source, Voiced
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import FrameSample, SoundSample, SourceItem
from mlid_desktop.domain.templates import Reference
from mlid_desktop.modalities.lips_and_speech import measure_lip_agreement
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.pipelines import Pipelines
from mlid_desktop.station.capture.prompted_takes import block_level
from mlid_desktop.station.capture.runner import CapturingSession
from mlid_desktop.workflow.enrolment import EnrolmentSession

BEHIND_S = 0.15  # sound that waits longer is read first: whoever speaks must see the next digit in time
MOST_MOMENTS = 4000  # frames of one take, over two minutes of them
SILENT_DBFS, LOUD_DBFS = -50.0, -15.0  # between which a drawn mouth opens
ONE_CLOCK = frozenset({SourceKind.LIVE, SourceKind.SIMULATED})


def consents_to_camera(session: CapturingSession, references: Sequence[Reference]) -> bool:
    """Whether the person gave their face: captured in this enrolment, or enrolled. Nobody else is watched while they
    speak."""
    if isinstance(session, EnrolmentSession):
        return FACE in session.kept
    return any(reference.template.characteristic == FACE for reference in references)


def may_watch(camera: SourceKind, microphone: SourceKind) -> bool:
    """Whether frames and sound are of one moment: both of devices at this desk, or both made up. No clock binds a
    recording to anything."""
    return camera is microphone and camera in ONE_CLOCK


class LipWatch:
    """Context manager that opens the camera and lets it go. Used on the inference thread, but for what passes through
    it, on one thread that may be another: blocks of sound through :meth:`beside`, whole takes through :meth:`marked`.
    The models that see a mouth are that thread's until the context is left. Without a camera, or such models,
    everything passes as it is; so it does where the camera fails."""

    def __init__(self, camera: Source | None, microphone: Source, pipelines: Pipelines) -> None:
        watched = camera is not None and may_watch(camera.kind, microphone.kind)
        self._pipeline = _mouth_pipeline(pipelines) if watched else None
        self._given = camera
        self._camera = camera if self._pipeline is not None else None
        self._voiced = camera if camera is not None and isinstance(camera, Voiced) else None
        self._thread: CaptureThread | None = None
        self._newest: FrameSample | None = None
        self._moments: list[tuple[float, float | None]] = []

    @property
    def watching(self) -> bool:
        """Whether there is a camera that watches."""
        return self._camera is not None

    def __enter__(self) -> Self:
        if self._camera is not None:
            self._tell_loudness(0.0)
            self._thread = CaptureThread(self._camera, tap=self._show)
            self._thread.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._newest = None
        self._moments.clear()
        if self._thread is not None:
            self._thread.__exit__(kind, error, trace)
        elif self._given is not None:
            self._given.close()

    def beside(self, items: Iterable[SourceItem]) -> Iterator[SourceItem]:
        """The items as they come, and the mouth looked at after each block of sound that is not late."""
        for item in items:
            yield item
            if isinstance(item, SoundSample) and self._thread is not None:
                level = block_level(item.block)
                self._tell_loudness((level - SILENT_DBFS) / (LOUD_DBFS - SILENT_DBFS))
                if time.monotonic() - item.captured_at < BEHIND_S:
                    self._look()

    def marked(self, items: Iterable[SourceItem]) -> Iterator[SourceItem]:
        """The items, each take of sound with how far the lips moved with it."""
        for item in items:
            yield self._mark(item) if isinstance(item, SoundSample) and self._thread is not None else item

    def _mark(self, take: SoundSample) -> SoundSample:
        begun = take.captured_at - len(take.block) / take.rate
        moments = [(at - begun, opening) for at, opening in self._moments if begun <= at <= take.captured_at]
        self._moments.clear()
        return replace(take, lips=measure_lip_agreement(take.block, take.rate, moments))

    def _look(self) -> None:
        frame = self._newest
        self._newest = None
        if frame is None or self._pipeline is None or len(self._moments) >= MOST_MOMENTS:
            return
        self._moments.append((frame.captured_at, self._pipeline.measure_mouth(frame)))

    def _show(self, item: SourceItem) -> None:
        """Keeps the newest frame alone; runs on the camera's capture thread."""
        if isinstance(item, FrameSample):
            self._newest = item

    def _tell_loudness(self, loudness: float) -> None:
        if self._voiced is not None:
            self._voiced.hear(loudness)


def _mouth_pipeline(pipelines: Pipelines) -> MouthMeasuring | None:
    """The face pipeline where it sees a mouth; None where its models are missing, or see none."""
    try:
        pipeline = pipelines.open(Modality.FACE)
    except ModelError:
        return None
    return pipeline if isinstance(pipeline, MouthMeasuring) and pipeline.sees_mouth else None
