"""The face pipeline, from a camera frame to evidence; see :func:`open_face_pipeline`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import exp
from pathlib import Path

import numpy as np

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Evidence, FrameChange, Observation
from mlid_desktop.domain.quality import Measure, Quality
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FrameSample, Image, Sample
from mlid_desktop.domain.templates import Extractor, Grade, Reference, Template
from mlid_desktop.modalities.best_match import best_match
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face import quality
from mlid_desktop.modalities.face.active_pad import measure_motion, read_mouth
from mlid_desktop.modalities.face.align import align
from mlid_desktop.modalities.face.compare import FaceIndex, compare_templates
from mlid_desktop.modalities.face.detect import Face, FaceDetector
from mlid_desktop.modalities.face.extract import Embedder, FaceCohort, MirroredEmbedder, encode, read_cohort
from mlid_desktop.modalities.face.measure import FaceView, measure
from mlid_desktop.modalities.face.mesh import FaceMesh
from mlid_desktop.modalities.face.pad import Liveness
from mlid_desktop.modalities.face.parameters import FaceGates
from mlid_desktop.modalities.face.pose import HeadPoseEstimator, estimate_pose_from_points
from mlid_desktop.modalities.face.stillness import measure_change
from mlid_desktop.modalities.step_timer import StepTimer
from mlid_desktop.models.store import ModelStore

TEMPLATE_ROLES = ("face-detector-dynamic", "face-embedding")


def open_face_pipeline(store: ModelStore, cohorts: Path, gates: FaceGates | None = None) -> FacePipeline:
    """The face pipeline with all its models; ``cohorts`` is the folder of the cohort statistics. Raises ModelError
    where one is missing, changed or unusable."""
    constants = load_cohort(cohorts / p.COHORT_FILE)
    models = hashlib.sha256(f"{store.fingerprint(*TEMPLATE_ROLES)}{constants.digest}".encode()).hexdigest()
    extractor = Extractor(p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION, models)
    return FacePipeline(
        extractor,
        gates or FaceGates(),
        FaceDetector(store.open("face-detector-dynamic")),
        FaceMesh(store.open("face-mesh")),
        HeadPoseEstimator(store.open("head-pose-1x1"), store.open("head-pose-var")),
        Liveness(store.open("face-liveness-near"), store.open("face-liveness-far")),
        Embedder(store.open("face-embedding")),
        constants,
    )


def open_builtin_pipeline(store: ModelStore, cohorts: Path, gates: FaceGates | None = None) -> FacePipeline:
    """The face pipeline with the two small models that are shipped, for evaluation: without detection of attacks,
    opened eyes, a closed mouth or a covered face, and with the pose estimated from the five points. The embedder was
    distilled from the pack's, so that the pack's cohort serves. Raises ModelError where a model is missing, changed or
    unusable."""
    constants = load_cohort(cohorts / p.COHORT_FILE)
    models = hashlib.sha256(f"{store.fingerprint(*TEMPLATE_ROLES)}{constants.digest}".encode()).hexdigest()
    return FacePipeline(
        Extractor(p.BUILTIN_NAME, p.BUILTIN_VERSION, models, Grade.EVALUATION),
        gates or FaceGates(),
        FaceDetector(store.open("face-detector-dynamic")),
        None,
        None,
        None,
        MirroredEmbedder(store.open("face-embedding")),
        constants,
    )


def load_cohort(path: Path) -> FaceCohort:
    """The face cohort statistics in a file. Raises ModelError(MODEL_MISSING or MODEL_UNUSABLE)."""
    try:
        untrusted = path.read_bytes()
    except OSError:
        raise ModelError(Code.MODEL_MISSING, role="face-cohort") from None
    return read_cohort(untrusted)


class FacePipeline:
    """Implements ``domain.ports.Pipeline`` for faces. Buffers are reused: one thread at a time."""

    def __init__(
        self,
        extractor: Extractor,
        gates: FaceGates,
        detector: FaceDetector,
        mesh: FaceMesh | None,
        pose: HeadPoseEstimator | None,
        liveness: Liveness | None,
        embedder: Embedder | MirroredEmbedder,
        cohort: FaceCohort,
    ) -> None:
        self._extractor = extractor
        self._gates = gates
        self._detector = detector
        self._mesh = mesh
        self._pose = pose
        self._liveness = liveness
        self._embedder = embedder
        self._cohort = cohort

    @property
    def modality(self) -> Modality:
        """The modality of this pipeline: face."""
        return Modality.FACE

    @property
    def extractor(self) -> Extractor:
        """Identity of the template extractor: embedding network, detector and cohort."""
        return self._extractor

    def observe(self, sample: Sample) -> Observation:
        """The observation of the face nearest the frame's middle, with size weighed in: quality, attack evidence and
        template."""
        timer = StepTimer()
        image = checked_image(sample)
        if image is None:
            return Observation(FACE, sample, reason=Reason.EMPTY_SAMPLE)
        faces = self._detector.find(image)
        timer.step("detect")
        if not faces:
            dark = float(image[::16, ::16].mean()) < p.DARK_FRAME
            return Observation(
                FACE,
                sample,
                quality=quality.quality_without_face(dark),
                reason=Reason.NO_FACE,
                steps_ms=timer.durations,
            )
        coarse = most_central(faces, image.shape[:2])
        close_up = self._detector.measure_close_up(image, coarse)
        face = close_up.face
        timer.step("look_closer")
        aligned = align(image, face.points)
        timer.step("align")
        mesh = None if self._mesh is None else self._mesh.fit(image, face)
        timer.step("mesh")
        pose = estimate_pose_from_points(face) if self._pose is None else self._pose.estimate(image, face)
        timer.step("pose")
        attack = None if self._liveness is None else self._liveness.assess(image, face)
        timer.step("liveness")
        motion = None if mesh is None or self._pose is None else measure_motion(image, face, mesh, pose)
        timer.step("motion")
        embedding = self._embedder.embed(aligned)
        template = Template(FACE, self._extractor, encode(self._cohort.normalise(embedding)))
        timer.step("extract")
        natives = measure(FaceView(image.shape[:2], face, faces, aligned, close_up.picture, mesh, pose))
        length = float(np.linalg.norm(embedding)) if self._extractor.grade is Grade.OPERATIONAL else None
        judged = quality.assess(natives, length, self._gates)
        timer.step("quality")
        regions = (face.region, *(other.region for other in faces if other is not coarse))
        reason = unusable_reason(judged)
        return Observation(FACE, sample, regions, judged, attack, template, reason, timer.durations, motion)

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        """The observation with its best comparison against the subject's face references; none where either is
        lacking."""
        return best_match(observation, references, self.similarity)

    def measure_change(self, first: Observation, later: Observation) -> FrameChange | None:
        """What has changed between two frames, see :mod:`stillness`."""
        return measure_change(first, later)

    @property
    def sees_mouth(self) -> bool:
        """Whether the mesh is there, which sees the lips; the built-in models do without."""
        return self._mesh is not None

    def measure_mouth(self, sample: Sample) -> float | None:
        """How far the mouth in a frame is open, over the height of the face, by a single look and the mesh; None where
        no face is seen, it is too dark or too small, or the head is turned."""
        image = checked_image(sample)
        faces = () if image is None or self._mesh is None else self._detector.find(image)
        if image is None or self._mesh is None or not faces:
            return None
        face = most_central(faces, image.shape[:2])
        return read_mouth(image, face, self._mesh.fit(image, face))

    def similarity(self, first: Template, second: Template) -> float:
        """Comparison score of two face templates, see :mod:`compare`. Raises ModelError for a template of another
        extractor or malformed."""
        return compare_templates(self._extractor, first, second)

    def consolidate(self, templates: Sequence[Template]) -> Template:
        """The best of several templates of one session, to be stored as the reference: more takes add nothing that its
        own several looks do not have."""
        return templates[0]

    def index(self, references: Sequence[Reference]) -> FaceIndex:
        """An index of face references for 1:N search. Raises ModelError where a reference is of another extractor or
        malformed."""
        return FaceIndex(self._extractor, references)


def checked_image(sample: Sample) -> Image | None:
    """The sample's image where the face pipeline can work on it (BGR, 8 bit, of a sensible size), else None."""
    untrusted_image = sample.image if isinstance(sample, FrameSample) else None
    if not isinstance(untrusted_image, np.ndarray) or untrusted_image.dtype != np.uint8:
        return None
    if untrusted_image.ndim != 3 or untrusted_image.shape[2] != 3:
        return None
    height, width = untrusted_image.shape[:2]
    if min(height, width) < p.MIN_FRAME_SIDE or height * width > p.MAX_FRAME_PIXELS:
        return None
    return np.ascontiguousarray(untrusted_image)


def most_central(faces: Sequence[Face], shape: Sequence[int]) -> Face:
    """The face to be captured among several: the one nearest the frame's middle, with size weighed in."""
    middle = np.array([shape[1] / 2, shape[0] / 2])
    half_diagonal = float(np.hypot(*middle))

    def weight(face: Face) -> float:
        distance = float(np.hypot(*(face.centre - middle))) / half_diagonal
        return face.side * exp(-p.CENTRE_PULL * distance**2)

    return max(faces, key=weight)


def unusable_reason(judged: Quality) -> Reason | None:
    """Why a face observation that has a template is still not usable; None where it is."""
    if judged.passed:
        return None
    count = judged.component(Measure.FACE_COUNT)
    return Reason.SEVERAL_FACES if count is not None and not count.passed else Reason.POOR_QUALITY
