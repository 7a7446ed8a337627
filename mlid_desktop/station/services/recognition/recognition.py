"""Recognition on the inference thread: captures, duplicate checks and searches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar, cast

from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.identification import count_not_compared, count_without_model
from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.decisions import Candidate
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Pipeline, RepeatDetecting
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import DeviceNotice, SourceItem
from mlid_desktop.domain.subjects import Standing, SubjectSummary
from mlid_desktop.domain.templates import Reference, Touch
from mlid_desktop.station.capture.pipelines import Pipelines
from mlid_desktop.station.capture.runner import CapturingSession, Cue, Interventions, nobody_watches, run_capture
from mlid_desktop.station.services.recognition.gallery import Gallery
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.events import CandidatesFound, CaptureExamined, CopyFound
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.take import Take, touch_of

S = TypeVar("S", bound=CapturingSession)


class Recognition:
    """Owns the pipelines and the galleries of one unlocked vault. ``record`` writes the suspicion that a session ended
    with, and returns when it is on disk; nothing is captured before it is set. ``touches`` reads the earlier images of
    a person's fingers."""

    def __init__(self, pipelines: Pipelines, policy: Policy, calibrations: Calibrations) -> None:
        self.pipelines = pipelines
        self._policy = policy
        self._calibrations = calibrations
        self._galleries: dict[Modality, Gallery] = {}
        self._loading: dict[tuple[Hashable, Modality], Gallery] = {}
        self.record: Callable[[object], None] = _refuse_to_capture
        self.touches: Callable[[str], Sequence[Touch]] = _know_nobody

    def capture(
        self,
        session: S,
        items: Iterable[SourceItem],
        references: Sequence[Reference] = (),
        publish: Callable[[S | DeviceNotice], None] = lambda _: None,
        interventions: Interventions = tuple,
        cue: Cue = nobody_watches,
    ) -> S:
        """Runs the capture of the characteristic that the session asks for. A suspicion is recorded before anybody is
        told of it. Raises DeviceError, ModelError, and VaultError where a suspicion cannot be recorded."""
        if session.capturing is None:
            raise ValueError("the session is not capturing")
        pipeline = self.pipelines.open(session.capturing.modality)
        captured = run_capture(session, items, pipeline, references, publish, interventions, cue, record=self.record)
        if isinstance(captured, EnrolmentSession):
            return cast("S", self.examine(captured))  # S is this class
        return captured

    def examine(self, session: EnrolmentSession) -> EnrolmentSession:
        """Compares a finished capture with its own other takes and with the other fingers of the session. Raises
        ModelError."""
        if session.stage is not EnrolmentStage.CAPTURE or session.capturing is None:
            return session
        if session.capture is None or session.capture.best is None:
            return session
        pipeline = self.pipelines.open(session.capturing.modality)
        return session.advance(_examined(session, session.capture.best, pipeline))

    def load_part(
        self, reading: Hashable, modality: Modality, references: Sequence[Reference], *, is_last: bool
    ) -> None:
        """Prepares a part of the references of a modality that one ``reading`` of the vault gave. Searches find them
        after the last part: they take the place of those before."""
        gallery = self._loading.setdefault((reading, modality), Gallery(self.pipelines.open(modality)))
        gallery.load(references)
        if is_last:
            gallery.settle()
            self._galleries[modality] = self._loading.pop((reading, modality))

    def has_gallery(self, modality: Modality) -> bool:
        """Whether the gallery of a modality is loaded."""
        return modality in self._galleries

    def renew_in_galleries(
        self, changed: Mapping[str, Sequence[Reference]], *, besides: Collection[Modality] = ()
    ) -> None:
        """Puts the present references of people, of any modality, in the place of what the galleries hold of them,
        ``besides`` those that were just read. A gallery that can leave nobody out is dropped, to be loaded anew."""
        for modality, gallery in [item for item in self._galleries.items() if item[0] not in besides]:
            own = {
                subject_id: [each for each in references if each.template.characteristic.modality is modality]
                for subject_id, references in changed.items()
            }
            if own and not gallery.renew(own):
                del self._galleries[modality]

    def take_tabulated(self) -> tuple[Reference, ...]:
        """The references whose search tables were made here and are not kept in the vault yet; not told twice."""
        return tuple(reference for gallery in self._galleries.values() for reference in gallery.take_tabulated())

    def forget_galleries(self) -> None:
        """Drops all galleries, because the vault changed or was locked; they are loaded anew when next needed."""
        self._galleries.clear()
        self._loading.clear()

    def find_duplicates(
        self, session: EnrolmentSession, enrolled: Iterable[SubjectSummary] = (), *, suspects_copies: bool = True
    ) -> EnrolmentSession:
        """Searches for duplicates with every kept capture that may decide and hands the session what must be reviewed,
        best first, one row a person, with how many of the ``enrolled`` could not be compared, and why. What only
        supports names nobody. With ``suspects_copies`` an image that a candidate gave before is a suspicion,
        recorded before anybody is told of it. Raises ModelError, and VaultError where it cannot be recorded."""
        kept = [
            capture
            for characteristic, capture in session.kept.items()
            if characteristic.modality in self._policy.comparison.primary
        ]
        best = [capture.best.observation for capture in kept if capture.best is not None]
        searches = [self._search(state) for state in best]
        copied = self._find_copied(best, searches, besides=session.subject_id) if suspects_copies else None
        if copied is not None:
            suspected = session.advance(CopyFound(copied))
            self.record(suspected)
            return suspected
        found = _merged(searches, self._policy, besides=session.subject_id)
        others = {
            person.subject_id: person.characteristics
            for person in enrolled
            if person.subject_id != session.subject_id and person.standing is Standing.HELD
        }
        not_compared = count_not_compared(session.kept, others.values(), self._policy.comparison.primary)
        missed = {seen.characteristic: self._gallery_of(seen).without_model(seen.characteristic) for seen in best}
        without_model = count_without_model(others.items(), missed)
        return session.advance(replace(found, not_compared=not_compared, without_model=without_model))

    def search(self, session: IdentificationSession) -> IdentificationSession:
        """Searches the gallery for the captured characteristic. An image that a candidate gave before is a suspicion,
        recorded before anybody is told of it. Raises ModelError, and VaultError where it cannot be recorded."""
        if session.capture is None or session.capture.best is None:
            raise ValueError("nothing was captured")
        captured = session.capture.best.observation
        found = self._search(captured)
        if not self._is_copy(captured, found.candidates):
            return session.advance(found)
        suspected = session.advance(CopyFound(session.characteristic))
        self.record(suspected)
        return suspected

    def _find_copied(
        self, captured: Sequence[Observation], searches: Sequence[CandidatesFound], *, besides: str
    ) -> Characteristic | None:
        """The first characteristic of which an image was captured that a candidate other than ``besides`` gave."""
        for observation, found in zip(captured, searches, strict=True):
            others = [candidate for candidate in found.candidates if candidate.subject_id != besides]
            if self._is_copy(observation, others):
                return observation.characteristic
        return None

    def _is_copy(self, observation: Observation, candidates: Sequence[Candidate]) -> bool:
        """Whether an image is one that a candidate gave before; a simulated finger has as few as it was told to."""
        pipeline = self.pipelines.open(observation.characteristic.modality)
        touch = None if observation.provenance.kind is SourceKind.SIMULATED else touch_of(observation)
        if touch is None or not isinstance(pipeline, RepeatDetecting):
            return False
        people = dict.fromkeys(candidate.subject_id for candidate in candidates)
        return any(pipeline.repeats(touch, self.touches(person), observation.sample) for person in people)

    def _search(self, observation: Observation) -> CandidatesFound:
        return self._gallery_of(observation).search(observation, self._policy, self._calibrations)

    def _gallery_of(self, observation: Observation) -> Gallery:
        gallery = self._galleries.get(observation.characteristic.modality)
        if gallery is None:
            raise ModelError(Code.MODEL_UNCALIBRATED, modality=observation.characteristic.modality.value)
        return gallery


def _know_nobody(_: str) -> Sequence[Touch]:
    return ()


def _refuse_to_capture(_: object) -> None:
    raise RuntimeError("nothing is captured without a place where suspicions are recorded")


def _examined(session: EnrolmentSession, best: Take, pipeline: Pipeline) -> CaptureExamined:
    """The finished capture compared with its own other takes and with the other fingers of the session."""
    own, takes = best.observation.template, () if session.capture is None else session.capture.takes
    if own is None:
        raise ValueError("a take has a template")
    others = [take.observation.template for take in takes if take is not best and take.observation.template is not None]
    scores = [pipeline.similarity(own, other) for other in others]
    kept = [
        (characteristic, state.best.observation.template)
        for characteristic, state in session.kept.items()
        if state.best is not None and characteristic != session.capturing
    ]
    alike = tuple(
        (characteristic, pipeline.similarity(own, state))
        for characteristic, state in kept
        if state is not None and characteristic.modality is pipeline.modality
    )
    return CaptureExamined(tuple(scores), alike, pipeline.consolidate([own, *others]))


def _fmr(candidate: Candidate) -> float:
    return 1.0 if candidate.meaning is None else candidate.meaning.fmr


def _merged(found: Sequence[CandidatesFound], policy: Policy, *, besides: str) -> CandidatesFound:
    """The candidates of several searches, one row a person, without the person ``besides`` who is being enrolled
    anew."""
    rows: dict[str, Candidate] = {}
    for candidate in (candidate for each in found for candidate in each.candidates if candidate.subject_id != besides):
        known = rows.get(candidate.subject_id)
        if known is None or _fmr(candidate) < _fmr(known):
            rows[candidate.subject_id] = candidate
    ranked = sorted(rows.values(), key=_fmr)
    return CandidatesFound(
        tuple(ranked[: policy.identification.candidates]),
        max((search.gallery_size for search in found), default=0),
        sum(search.expected_false_hits for search in found),
    )
