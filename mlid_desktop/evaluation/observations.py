"""Observes every image of a set with a pipeline; the results are kept, the pictures are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.ports import Pipeline, Source
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import Sample
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.metrics import Scores
from mlid_desktop.station.capture.runner import run_capture
from mlid_desktop.station.services.one_shot_capture import deliver_items
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan

OpenSource = Callable[[str, Modality], Source]
Progress = Callable[[float, str], None]
Embed = Callable[[Sample], Scores | None]

UNBOUNDED = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class CollectingSession:
    """Capture session that publishes each piece of evidence as ``latest`` and decides nothing; its capture never
    completes before the source ends."""

    capturing: Characteristic
    latest: Evidence | None = None
    ended: bool = False

    @property
    def suspicion(self) -> None:
        """Nothing is decided, so nothing is suspected."""
        return None

    @property
    def capture(self) -> CaptureState:
        """The empty capture of a session that keeps nothing: no gate is applied and nothing is kept."""
        return CaptureState(CapturePlan(self.capturing, takes=UNBOUNDED), ended=self.ended)

    def advance(self, event: events.Event) -> CollectingSession:
        """The session with the newest evidence, or ended."""
        if isinstance(event, Evidence):
            return replace(self, latest=event)
        return replace(self, ended=True)


@dataclass(frozen=True, slots=True, eq=False)
class ImageRow:
    """What one image gave: template or reason, quality, gates by component, milliseconds by step. ``plain`` is the
    vector of a baseline, where one was asked."""

    template: Template | None = field(repr=False)
    quality: int
    gates: dict[str, bool]
    components: dict[str, int]
    steps_ms: dict[str, float]
    reason: str
    plain: Scores | None = field(default=None, repr=False)


def no_baseline(_: Sample) -> Scores | None:
    """Baseline that embeds nothing: only the pipeline is evaluated."""
    return None


def observe_images(
    addresses: Iterable[str],
    characteristic: Characteristic,
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
    plain: Embed = no_baseline,
) -> tuple[ImageRow, ...]:
    """Observes images with the pipeline: one row an image, in the order of the addresses that open them."""
    wanted = tuple(addresses)
    rows = []
    for number, address in enumerate(wanted, 1):
        rows.append(_observe(address, characteristic, pipeline, open_source, plain))
        progress(number / len(wanted), PurePath(address.partition("?")[0]).name)
    return tuple(rows)


def observe_source(
    address: str,
    characteristic: Characteristic,
    pipeline: Pipeline,
    open_source: OpenSource,
    note: Callable[[Observation], None],
) -> None:
    """Drives a source to its end with the pipeline, and hands on each observation. Raises what the source raises:
    DeviceError."""

    def published(state: object) -> None:
        if isinstance(state, CollectingSession) and state.latest is not None and not state.ended:
            note(state.latest.observation)

    with deliver_items(open_source(address, characteristic.modality), characteristic.modality) as items:
        run_capture(CollectingSession(characteristic), items, pipeline, publish=published)


def _observe(
    address: str, characteristic: Characteristic, pipeline: Pipeline, open_source: OpenSource, plain: Embed
) -> ImageRow:
    """Observes one image; a file that cannot be read is a failure to acquire, with its code as the reason."""
    seen: list[ImageRow] = []
    try:
        observe_source(
            address,
            characteristic,
            pipeline,
            open_source,
            lambda observation: seen.append(_row(observation, plain(observation.sample))),
        )
    except DeviceError as fault:
        return ImageRow(None, -1, {}, {}, {}, fault.code.value)
    return seen[0] if seen else ImageRow(None, -1, {}, {}, {}, Reason.EMPTY_SAMPLE.value)


def _row(observation: Observation, plain: Scores | None) -> ImageRow:
    components = observation.quality.components
    return ImageRow(
        observation.template,
        observation.quality.unified,
        {component.measure.value: component.passed for component in components},
        {component.measure.value: component.value for component in components},
        dict(observation.steps_ms),
        "" if observation.reason is None else observation.reason.value,
        plain,
    )
