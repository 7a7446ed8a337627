"""The fingerprint pipeline, from a reader's image to evidence; see :func:`open_fingerprint_pipeline`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.observations import Evidence, Observation, Region
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.quality import Measure, Quality
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FingerSample, Image, Sample
from mlid_desktop.domain.templates import Extractor, Reference, Template, Touch, require_same_extractor
from mlid_desktop.modalities.backward_compatibility import BackwardCompatiblePipeline
from mlid_desktop.modalities.best_match import best_match
from mlid_desktop.modalities.fingerprint import pad, quality
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.batches.scores import compare_fingers
from mlid_desktop.modalities.fingerprint.compare import PreparedTemplates, compare_cylinders
from mlid_desktop.modalities.fingerprint.consolidate import consolidate
from mlid_desktop.modalities.fingerprint.detect import checked_image, is_inverted, segment
from mlid_desktop.modalities.fingerprint.extract import Extraction, extract
from mlid_desktop.modalities.fingerprint.minutiae_network import MinutiaeNetwork
from mlid_desktop.modalities.fingerprint.orientation_grid import flow_grid, seen_blocks
from mlid_desktop.modalities.fingerprint.parameters import FingerGates
from mlid_desktop.modalities.fingerprint.repeats import is_repeat, sharpen
from mlid_desktop.modalities.fingerprint.ridge_filter import Flow, orientation_field
from mlid_desktop.modalities.fingerprint.seams import seam_evidence
from mlid_desktop.modalities.fingerprint.search import FingerIndex
from mlid_desktop.modalities.fingerprint.search_table import tabulated
from mlid_desktop.modalities.fingerprint.templates import decode_impressions, encode
from mlid_desktop.modalities.step_timer import StepTimer
from mlid_desktop.models.store import ModelStore

UNPLACED = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)  # the session says which finger it is


def open_fingerprint_pipeline(gates: FingerGates | None = None) -> FingerprintPipeline:
    """Opens the fingerprint pipeline that needs no model files."""
    return FingerprintPipeline(gates or FingerGates())


def open_succeeding_pipeline(store: ModelStore, gates: FingerGates | None = None) -> Pipeline:
    """Opens the fingerprint pipeline whose minutiae the network finds, and beside it the one that needs no model files,
    for references that it made; that one alone where the network is not installed. Raises ModelError where its file is
    changed or unusable."""
    before = open_fingerprint_pipeline(gates)
    session = store.open_installed(p.NETWORK_ROLE)
    if session is None:
        return before
    today = FingerprintPipeline(gates or FingerGates(), MinutiaeNetwork(session))
    return BackwardCompatiblePipeline(today, [before], renewed_template)


def renewed_template(probe: Template, earlier: Sequence[Template]) -> Template | None:
    """The template that takes the place of a finger's templates of an earlier extractor: the touch just accepted, as it
    is. None where it shows too little of what they show. Raises ModelError for malformed bytes."""
    shown = seen_blocks(decode_impressions(probe.payload)[0].flow)
    kept = max(seen_blocks(decode_impressions(template.payload)[0].flow) for template in earlier)
    return tabulated(probe) if shown >= p.RENEWAL_SHARE * kept else None


class FingerprintPipeline:
    """Implements ``domain.ports.Pipeline`` for fingerprints; with a ``network`` its templates hold the minutiae that it
    finds, else those that the ridges show."""

    def __init__(self, gates: FingerGates, network: MinutiaeNetwork | None = None) -> None:
        self._gates = gates
        self._network = network
        self._extractor = (
            Extractor(p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION, "")
            if network is None
            else Extractor(p.NETWORK_EXTRACTOR_NAME, p.NETWORK_EXTRACTOR_VERSION, network.sha256)
        )
        self._prepared = PreparedTemplates(self._extractor)

    @property
    def modality(self) -> Modality:
        """The modality of this pipeline: fingerprint."""
        return Modality.FINGERPRINT

    @property
    def extractor(self) -> Extractor:
        """Identity of the template extractor: the version of the code, and the network where there is one."""
        return self._extractor

    def observe(self, sample: Sample) -> Observation:
        """The observation of a finger image: area, ridges, minutiae, quality and template; a reason and no template
        where there is no finger."""
        timer = StepTimer()
        seen = self._looked_at(sample, timer)
        if isinstance(seen, Observation):
            return seen
        image, made, field = seen.image, seen.made, seen.field
        seam = seam_evidence(image, made.normal, seen.mask)
        timer.step("seams")
        judged = quality.assess(image, made, self._gates, inverted=seen.inverted, seam=seam)
        timer.step("quality")
        scale = p.RESOLUTION / getattr(sample, "dpi", p.RESOLUTION)
        points = tuple((float(x) / scale, float(y) / scale) for x, y in made.minutiae.position)
        region = Region((0.0, 0.0, image.shape[1] / scale, image.shape[0] / scale), points)
        enough = len(made.minutiae) >= p.MIN_MINUTIAE
        flow = flow_grid(field.orientation, made.clarity, made.mask)
        template = Template(UNPLACED, self._extractor, encode(made.minutiae, flow)) if enough else None
        lacking = _lacking(judged, enough)
        return Observation(
            UNPLACED,
            sample,
            (region,),
            judged,
            pad.assess(),
            template,
            lacking,
            timer.durations,
            joined=seam >= p.SEAM_SURE,
            geometry=encode(made.followed, flow),
        )

    def _looked_at(self, sample: Sample, timer: StepTimer) -> _Seen | Observation:
        """What is seen of the ridges in a finger image; the observation of one without a usable finger."""
        image = checked_image(sample)
        if image is None:
            return Observation(UNPLACED, sample, reason=Reason.EMPTY_SAMPLE)
        found = segment(image)
        inverted = is_inverted(image, found.mask)
        image = np.asarray(255 - image, np.uint8) if inverted else image  # a copy is known again
        timer.step("segment")
        if int(found.mask.sum()) < p.MIN_FOREGROUND:
            return _without(sample, quality.quality_without_finger(), Reason.NO_FINGER, timer)
        if found.second >= p.SECOND_FINGER:
            return _without(sample, quality.quality_of_several_fingers(found), Reason.SEVERAL_FINGERS, timer)
        made = extract(image, found.mask, timer, self._network)
        field = orientation_field(made.enhanced)
        if not _shows_ridges(made, float(field.coherence[found.mask].mean()), by_network=self._network is not None):
            return _without(sample, quality.quality_without_finger(), Reason.NO_FINGER, timer)
        return _Seen(image, inverted, found.mask, made, field)

    def _geometry(self, sample: Sample) -> bytes:
        """What a finger image is known again by, as :meth:`observe` tells it; empty where there is no finger."""
        seen = self._looked_at(sample, StepTimer())
        if isinstance(seen, Observation):
            return b""
        return encode(seen.made.followed, flow_grid(seen.field.orientation, seen.made.clarity, seen.made.mask))

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        """The observation with its best comparison against the subject's references of the same finger; none where
        there is no such reference."""
        return best_match(observation, references, self.similarity)

    def similarity(self, first: Template, second: Template) -> float:
        """Comparison score of two fingerprint templates, 0..1, the same in either order. Raises ModelError for another
        extractor or malformed bytes."""
        return compare_cylinders(self._prepared.prepared(first), self._prepared.prepared(second))

    def similarities(self, pairs: Sequence[tuple[Template, Template]]) -> Sequence[float]:
        """The comparison score of each of many pairs, as :meth:`similarity` gives it up to rounding. Raises ModelError
        for another extractor or malformed bytes."""
        ready = iter(self._prepared.prepared_all([template for pair in pairs for template in pair]))
        return [float(score) for score in compare_fingers([(next(ready), next(ready)) for _ in pairs])]

    def repeats(self, touch: Touch, earlier: Sequence[Touch], sample: Sample | None = None) -> bool:
        """Whether an image is one of the earlier ones of the same finger: the same, or moved, turned or compressed
        anew. Of a ``sample`` that is none of these it is asked once more, sharpened: a copy may have been blurred."""
        own = [other for other in earlier if other.characteristic == touch.characteristic]
        if is_repeat(touch, own):
            return True
        if not own or not isinstance(sample, FingerSample):
            return False
        alone = FingerprintPipeline(self._gates)  # what images are known by are the minutiae that the ridges show
        sharper = alone._geometry(replace(sample, image=sharpen(sample.image)))
        return bool(sharper) and is_repeat(replace(touch, geometry=sharper), own)

    def consolidate(self, templates: Sequence[Template]) -> Template:
        """One reference made of several touches of a finger, given best first, with its search table. Raises ModelError
        for malformed bytes."""
        return tabulated(consolidate(templates))

    def tabulated(self, template: Template) -> Template:
        """The template with a search table of the present version. Raises ModelError for another extractor or
        malformed bytes."""
        require_same_extractor(self._extractor, template)
        return tabulated(template)

    def index(self, references: Sequence[Reference]) -> FingerIndex:
        """An index of fingerprint references for 1:N search. Raises ModelError where a reference is of another
        extractor or malformed."""
        return FingerIndex(self._extractor, references)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What is seen of the ridges in a finger image: the image as it is read, whether light and dark were exchanged, the
    mask of the finger, what was extracted, and which way the enhanced ridges run."""

    image: Image
    inverted: bool
    mask: NDArray[np.bool_]
    made: Extraction
    field: Flow


def _shows_ridges(made: Extraction, coherence: float, *, by_network: bool) -> bool:
    """Whether what the ridge filters let through are ridges: they run one way, or, less so, the network is sure of
    minutiae there, as it never is of fur, noise or writing."""
    if coherence >= p.RIDGE_COHERENCE or not by_network:
        return coherence >= p.RIDGE_COHERENCE
    sure = int((made.minutiae.quality >= p.NETWORK_SURE).sum())
    return coherence >= p.NETWORK_COHERENCE and sure >= p.NETWORK_SURE_LEAST


def _lacking(judged: Quality, enough: bool) -> Reason | None:
    """Why a finger that was found is not usable; None where it is."""
    if not enough:
        return Reason.TOO_FEW_MINUTIAE
    if judged.component(Measure.POLARITY) is not None:
        return Reason.INVERTED
    if judged.component(Measure.UNBROKEN_RIDGES) is not None:
        return Reason.RIDGES_BREAK_OFF
    if judged.component(Measure.RIDGE_PERIOD) is not None:
        return Reason.UNLIKELY_RESOLUTION
    return None if judged.passed else Reason.POOR_QUALITY


def _without(sample: Sample, judged: Quality, reason: Reason, timer: StepTimer) -> Observation:
    """The observation of an image without a usable finger, with its reason."""
    return Observation(UNPLACED, sample, quality=judged, reason=reason, steps_ms=timer.durations)
