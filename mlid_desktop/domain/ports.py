"""Interfaces (protocols) that packages hand to one another through the station, which alone knows them all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.observations import Evidence, FaceAction, FrameChange, Observation, SearchHit
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import Sample, SourceItem
from mlid_desktop.domain.templates import Extractor, Reference, Template, Touch


class Clock(Protocol):
    """Source of wall-clock and monotonic time, handed in so that tests can move it."""

    def now(self) -> datetime:
        """The present moment by the wall clock, in UTC, with its time zone."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, those that the machine slept included."""
        ...

    def boot(self) -> str:
        """Which start of the machine :meth:`monotonic` counts from; empty where the system does not tell."""
        ...


class Source(Protocol):
    """A device, stream, file or simulation that yields samples. Used by one capture thread."""

    @property
    def identity(self) -> DeviceIdentity:
        """The identity of the device behind this source."""
        ...

    @property
    def kind(self) -> SourceKind:
        """How far the source can be trusted; a device counts as live only once the station has registered it."""
        ...

    def samples(self) -> Iterator[SourceItem]:
        """Opens the device and yields samples until it ends or :meth:`close` is called. Raises DeviceError."""
        ...

    def close(self) -> None:
        """Ends :meth:`samples` within the device's read timeout; callable from any thread, more than once."""
        ...


@runtime_checkable
class Prompted(Protocol):
    """A source that can be told which digits the person in front of it would read: it speaks recorded or made-up
    digits."""

    def say(self, digits: Sequence[int]) -> None:
        """Tells the source that these digits (0..9) are shown now: they are spoken in the sound that follows, after
        those asked before.

        Callable from any thread; between answers the source delivers the quiet of a room. Raises ValueError for what is
        no digit.
        """
        ...


@runtime_checkable
class Cued(Protocol):
    """A source that can be told what the screen asks of the person in front of it: a person who is drawn, and moves."""

    def show(self, action: FaceAction | None) -> None:
        """This action is asked now; None where none is. Callable from any thread."""
        ...


@runtime_checkable
class Voiced(Protocol):
    """A source that can be told how loud the person before it speaks: a person who is drawn, and whose mouth moves."""

    def hear(self, loudness: float) -> None:
        """The person speaks so loud now, 0 (silent) to 1. Told once before the samples begin, the person is drawn small
        and quickly enough for speech. Callable from any thread."""
        ...


@runtime_checkable
class ComparingMany(Protocol):
    """A pipeline that compares many pairs of templates in less time than one pair after another."""

    def similarities(self, pairs: Sequence[tuple[Template, Template]]) -> Sequence[float]:
        """The comparison score of each pair, as the pipeline's ``similarity`` gives it up to rounding. Raises
        ModelError for a template of another extractor or a malformed one."""
        ...


@runtime_checkable
class RepeatDetecting(Protocol):
    """A pipeline that knows an earlier image of the same characteristic when it comes again."""

    def repeats(self, touch: Touch, earlier: Sequence[Touch], sample: Sample | None = None) -> bool:
        """Whether an image is one of the earlier ones: the same, or moved, turned or compressed anew; with the
        ``sample`` that it was seen in, blurred as well."""
        ...


@runtime_checkable
class BackwardCompatible(Protocol):
    """A pipeline that also compares with references that earlier extractors made."""

    @property
    def earlier(self) -> Sequence[Pipeline]:
        """The pipelines of those extractors, the newest first."""
        ...

    def observed_by(self, earlier: Pipeline, observation: Observation) -> Observation:
        """What one of them makes of the very sample that was observed."""
        ...


@runtime_checkable
class Deriving(Protocol):
    """A pipeline of an earlier extractor whose template is part of today's."""

    def derive(self, observation: Observation) -> Observation:
        """Today's observation with the template of this extractor. Raises ModelError for a malformed template."""
        ...


@runtime_checkable
class ChangeMeasuring(Protocol):
    """A pipeline that sees what has changed between two frames."""

    def measure_change(self, first: Observation, later: Observation) -> FrameChange | None:
        """What has changed between the first frame of a take and a later one; None where nothing can be said."""
        ...


@runtime_checkable
class MouthMeasuring(Protocol):
    """A pipeline that sees how far a mouth is open."""

    @property
    def sees_mouth(self) -> bool:
        """Whether its models see a mouth at all."""
        ...

    def measure_mouth(self, sample: Sample) -> float | None:
        """How far the mouth in a frame is open, over the height of the face; None where it is not seen well enough: no
        face, too dark, turned away."""
        ...


@runtime_checkable
class FaceSighting(Protocol):
    """A pipeline that can tell where faces are without looking at whose they are."""

    def sight_faces(self, sample: Sample) -> Sequence[tuple[float, float, float, float]]:
        """Where the larger faces of a frame are: (left, top, width, height) in shares of the picture. Nothing of them
        is measured, embedded or kept."""
        ...


class SearchIndex(Protocol):
    """References of one modality made ready for 1:N search."""

    def __len__(self) -> int: ...

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """The best ``limit`` references by score, best first. Raises ModelError for a template of another extractor."""
        ...


@runtime_checkable
class JoinableIndex(SearchIndex, Protocol):
    """An index that others can be joined to, and people left out of, without making references ready again."""

    def joined(self, *others: SearchIndex) -> SearchIndex:
        """An index of its own references and then those of others of the same pipeline, in their order."""
        ...

    def search_beside(self, newer: SearchIndex, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """The best ``limit`` of its references and those of another index of the same pipeline, best first, for the
        work of one search among all of them. Raises ModelError as a search does."""
        ...

    def without(self, subjects: Collection[str]) -> SearchIndex:
        """An index of its references but those of these people, of whom it holds nothing."""
        ...


@runtime_checkable
class Tabulating(Protocol):
    """A pipeline whose 1:N search looks at a table of each reference first, which costs much more to make than to
    keep."""

    def tabulated(self, template: Template) -> Template:
        """The template with a search table of the present version: itself where it has one. Raises ModelError for one
        of another extractor or malformed."""
        ...


class Pipeline(Protocol):
    """Turns samples of one modality into observations and compares them. Used by one inference thread."""

    @property
    def modality(self) -> Modality:
        """The kind of characteristic that this pipeline observes."""
        ...

    @property
    def extractor(self) -> Extractor:
        """The extractor that makes this pipeline's templates."""
        ...

    def observe(self, sample: Sample) -> Observation:
        """Detects the characteristic in a sample, judges its quality and extracts a template. A bad capture is an
        observation with a reason, never an exception."""
        ...

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        """Compares the observation with the subject's references of the same characteristic (none: no comparison)."""
        ...

    def similarity(self, first: Template, second: Template) -> float:
        """Comparison score of two templates of this extractor. Raises ModelError for one of another or malformed."""
        ...

    def consolidate(self, templates: Sequence[Template]) -> Template:
        """One template made of several of the same characteristic, the best first. Raises ModelError as above."""
        ...

    def index(self, references: Sequence[Reference]) -> SearchIndex:
        """A 1:N index over the references. Raises ModelError where one is of another extractor or malformed."""
        ...
