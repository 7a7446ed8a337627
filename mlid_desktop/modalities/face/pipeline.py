"""The face pipeline, from a camera frame to evidence; :mod:`opening` opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.observations import Evidence, FrameChange, Observation
from mlid_desktop.domain.quality import Measure, Quality
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import FrameSample, Image, Sample
from mlid_desktop.domain.templates import Extractor, Reference, Template
from mlid_desktop.modalities.best_match import best_match
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face import quality
from mlid_desktop.modalities.face.active_pad import measure_motion, read_mouth
from mlid_desktop.modalities.face.align import align
from mlid_desktop.modalities.face.detect import Face, FaceDetector
from mlid_desktop.modalities.face.embedding.compare import compare_templates
from mlid_desktop.modalities.face.embedding.extract import Embedder, MirroredEmbedder, SFaceEmbedder
from mlid_desktop.modalities.face.embedding.forms import RETAIL, SFACE, TemplateForm
from mlid_desktop.modalities.face.embedding.index import FaceIndex
from mlid_desktop.modalities.face.measure import FaceView, measure
from mlid_desktop.modalities.face.mesh import FaceMesh
from mlid_desktop.modalities.face.pad import Liveness
from mlid_desktop.modalities.face.parameters import FaceGates
from mlid_desktop.modalities.face.pose import HeadPoseEstimator, estimate_pose_from_points
from mlid_desktop.modalities.face.stillness import measure_change
from mlid_desktop.modalities.step_timer import StepTimer


@dataclass(frozen=True, slots=True, eq=False)
class FaceModels:
    """The networks of a face pipeline; those that are None are done without. ``plain`` embeds the aligned face,
    ``sface`` the face in its frame; at least one of them is there. ``nose_depth`` is for the pose from the points of
    the detector, where no network tells it."""

    detector: FaceDetector
    mesh: FaceMesh | None = None
    pose: HeadPoseEstimator | None = None
    liveness: Liveness | None = None
    plain: Embedder | MirroredEmbedder | None = None
    sface: SFaceEmbedder | None = None
    nose_depth: float = p.NOSE_DEPTH


class FacePipeline:
    """Implements ``domain.ports.Pipeline`` for faces. Buffers are reused: one thread at a time.

    ``form`` is that of its templates. With ``links``, the form of a cheaper one, every frame of a capture is told to be
    of the same person by that one. ``sparing``: the dearer network runs only on frames that can become the best, those
    that meet the gates; otherwise every face has a template.
    """

    def __init__(
        self,
        form: TemplateForm,
        models: FaceModels,
        gates: FaceGates,
        links: TemplateForm | None = None,
        *,
        sparing: bool = False,
    ) -> None:
        self._form = form
        self._models = models
        self._gates = gates
        self._links = links
        self._sparing = sparing

    @property
    def modality(self) -> Modality:
        """The modality of this pipeline: face."""
        return Modality.FACE

    @property
    def extractor(self) -> Extractor:
        """Identity of the template extractor: embedding networks, detector and cohorts."""
        return self._form.extractor

    def observe(self, sample: Sample) -> Observation:
        """The observation of the face nearest the frame's middle, with size weighed in: quality, attack evidence and
        template."""
        timer = StepTimer()
        image = checked_image(sample)
        if image is None:
            return Observation(FACE, sample, reason=Reason.EMPTY_SAMPLE)
        models = self._models
        faces = models.detector.find(image)
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
        close_up = models.detector.measure_close_up(image, coarse)
        face = close_up.face
        timer.step("look_closer")
        aligned = align(image, face.points)
        timer.step("align")
        mesh = None if models.mesh is None else models.mesh.fit(image, face)
        timer.step("mesh")
        estimated = None if models.pose is None else models.pose.estimate(image, face)
        pose = estimated or estimate_pose_from_points(face, models.nose_depth)
        timer.step("pose")
        attack = None if models.liveness is None else models.liveness.assess(image, face)
        timer.step("liveness")
        motion = None if mesh is None or models.pose is None else measure_motion(image, face, mesh, pose)
        timer.step("motion")
        plain = None if models.plain is None else models.plain.embed(aligned)
        timer.step("extract")
        natives = measure(FaceView(image.shape[:2], face, faces, aligned, close_up.picture, mesh, pose))
        judged = quality.assess(natives, self._telling_length(plain), self._gates)
        timer.step("quality")
        template, link = self._templates(plain, image, face.points, may_be_kept=judged.passed)
        timer.step("extract_more")
        regions = (face.region, *(other.region for other in faces if other is not coarse))
        reason = unusable_reason(judged)
        return Observation(
            FACE, sample, regions, judged, attack, template, reason, timer.durations, motion, continuity_template=link
        )

    def _telling_length(self, plain: NDArray[np.float32] | None) -> float | None:
        """The length of the embedding where it foretells how well a face compares: that of this one network does."""
        if plain is None or not isinstance(self._models.plain, Embedder):
            return None
        return float(np.linalg.norm(plain))

    def _templates(
        self, plain: NDArray[np.float32] | None, image: Image, points: NDArray[np.float64], *, may_be_kept: bool
    ) -> tuple[Template | None, Template | None]:
        """The template, and that by which frames are told to be of one person where it is another."""
        embeddings: dict[str, NDArray[np.float32]] = {} if plain is None else {RETAIL: plain}
        link = None if self._links is None else self._links.template(embeddings)
        if self._models.sface is not None and (may_be_kept or not self._sparing):
            embeddings[SFACE] = self._models.sface.embed(image, points)
        whole = all(network in embeddings for network in self._form.networks)
        return self._form.template(embeddings) if whole else None, link

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        """The observation with its best comparison against the subject's face references; none where either is
        lacking."""
        return best_match(observation, references, self.similarity)

    def measure_change(self, first: Observation, later: Observation) -> FrameChange | None:
        """What has changed between two frames, see :mod:`stillness`."""
        return measure_change(first, later)

    def sight_faces(self, sample: Sample) -> Sequence[tuple[float, float, float, float]]:
        """Where the larger faces of a frame are, by one coarse look, in shares of the picture."""
        image = checked_image(sample)
        if image is None:
            return ()
        height, width = image.shape[:2]
        boxes = (face.box for face in self._models.detector.find_near(image))
        return tuple((left / width, top / height, wide / width, tall / height) for left, top, wide, tall in boxes)

    @property
    def sees_mouth(self) -> bool:
        """Whether the mesh is there, which sees the lips; the built-in models do without."""
        return self._models.mesh is not None

    def measure_mouth(self, sample: Sample) -> float | None:
        """How far the mouth in a frame is open, over the height of the face, by a single look and the mesh; None where
        no face is seen, it is too dark or too small, or the head is turned."""
        image, mesh = checked_image(sample), self._models.mesh
        if image is None or mesh is None:
            return None
        faces = self._models.detector.find(image)
        if not faces:
            return None
        face = most_central(faces, image.shape[:2])
        return read_mouth(image, face, mesh.fit(image, face))

    def similarity(self, first: Template, second: Template) -> float:
        """Comparison score of two face templates of this extractor, or both of the one by which frames are linked.
        Raises ModelError for a template of another extractor or malformed."""
        links = self._links
        form = links if links is not None and first.extractor.key == links.extractor.key else self._form
        return compare_templates(form, first, second)

    def rows(self, templates: Sequence[Template]) -> NDArray[np.float32]:
        """Templates read for comparison row by row. Raises ModelError for one of another extractor or malformed."""
        return self._form.rows(templates)

    def consolidate(self, templates: Sequence[Template]) -> Template:
        """The best of several templates of one session, to be stored as the reference: more takes add nothing that its
        own several looks do not have."""
        return templates[0]

    def index(self, references: Sequence[Reference]) -> FaceIndex:
        """An index of face references for 1:N search. Raises ModelError where a reference is of another extractor or
        malformed."""
        return FaceIndex(self._form, references)


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
