"""Opens the face pipeline with the networks that are installed, and beside it those of the extractors that it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.templates import Extractor, Grade, Template
from mlid_desktop.modalities.backward_compatibility import BackwardCompatiblePipeline
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.detect import FaceDetector
from mlid_desktop.modalities.face.embedding.cohort import load_cohort
from mlid_desktop.modalities.face.embedding.derived_pipeline import DerivedPipeline
from mlid_desktop.modalities.face.embedding.extract import Embedder, MirroredEmbedder, SFaceEmbedder
from mlid_desktop.modalities.face.embedding.forms import RETAIL, SFACE, NormalisedForm, RawForm, ScorePart
from mlid_desktop.modalities.face.mesh import FaceMesh
from mlid_desktop.modalities.face.pad import Liveness
from mlid_desktop.modalities.face.parameters import FaceGates
from mlid_desktop.modalities.face.pipeline import FaceModels, FacePipeline
from mlid_desktop.modalities.face.pose import HeadPoseEstimator
from mlid_desktop.models.store import ModelStore


def open_face_pipeline(
    store: ModelStore, cohorts: Path, gates: FaceGates | None = None, *, sparing: bool = False
) -> FacePipeline:
    """The face pipeline of the embedding networks that are installed: both beside one another, or either alone.
    ``cohorts`` is the folder of the cohort statistics; ``sparing``: the dearer of two networks runs only on frames that
    can be kept, as at a desk. Raises ModelError where a model is missing, changed or unusable."""
    models = FaceModels(
        FaceDetector(store.open(p.DETECTOR_ROLE)),
        FaceMesh(store.open("face-mesh")),
        HeadPoseEstimator(store.open("head-pose-1x1"), store.open("head-pose-var")),
        Liveness(store.open("face-liveness-near"), store.open("face-liveness-far")),
        *_embedders(store),
    )
    form, links = _forms(models, store, cohorts)
    return FacePipeline(form, models, gates or FaceGates(), links, sparing=sparing)


def open_succeeding_pipeline(
    store: ModelStore, cohorts: Path, gates: FaceGates | None = None, *, sparing: bool = False
) -> Pipeline:
    """The face pipeline, and where it holds both embeddings beside it the extractors of either alone, by which
    references that were made by them are compared. Raises ModelError as :func:`open_face_pipeline`."""
    return _with_earlier(open_face_pipeline(store, cohorts, gates, sparing=sparing), store, cohorts)


def todays_template(probe: Template, earlier: Sequence[Template]) -> Template | None:
    """The template that takes the place of a person's templates of an earlier extractor: that of the probe alone, where
    there were any."""
    return probe if earlier else None


def open_partial_pipeline(
    store: ModelStore, builtin: ModelStore, cohorts: Path, gates: FaceGates | None = None, *, sparing: bool = False
) -> Pipeline:
    """The face pipeline for evaluation of the embedding networks that are installed: as
    :func:`open_succeeding_pipeline`, but without detection of attacks, and with the detector that is shipped where
    there is no other. Raises ModelError where no embedding network is installed, or one is changed or unusable."""
    plain, sface = _embedders(store)
    installed = store.open_installed(p.DETECTOR_ROLE)
    detector = FaceDetector(installed or builtin.open(p.DETECTOR_ROLE))
    nose_depth = p.SHIPPED_NOSE_DEPTH if installed is None else p.NOSE_DEPTH
    models = FaceModels(detector, plain=plain, sface=sface, nose_depth=nose_depth)
    form, links = _forms(models, store, cohorts)
    form = replace(form, extractor=replace(form.extractor, grade=Grade.EVALUATION))
    return _with_earlier(FacePipeline(form, models, gates or FaceGates(), links, sparing=sparing), store, cohorts)


def open_builtin_pipeline(store: ModelStore, cohorts: Path, gates: FaceGates | None = None) -> FacePipeline:
    """The face pipeline with the two small models that are shipped, for evaluation: without detection of attacks,
    opened eyes, a closed mouth or a covered face, and with the pose estimated from the five points. The embedder was
    distilled from the pack's, so that the pack's cohort serves. Raises ModelError where a model is missing, changed or
    unusable."""
    form = retail_form(store, cohorts)
    extractor = Extractor(p.BUILTIN_NAME, p.BUILTIN_VERSION, form.extractor.models, Grade.EVALUATION)
    models = FaceModels(
        FaceDetector(store.open(p.DETECTOR_ROLE)),
        plain=MirroredEmbedder(store.open(p.RETAIL_ROLE)),
        nose_depth=p.SHIPPED_NOSE_DEPTH,
    )
    return FacePipeline(replace(form, extractor=extractor), models, gates or FaceGates())


def retail_form(store: ModelStore, cohorts: Path) -> NormalisedForm:
    """The templates of face-reidentification-retail-0095 alone. Raises ModelError."""
    cohort = load_cohort(cohorts / p.COHORT_FILE, p.EMBEDDING_SIZE)
    extractor = _extractor(p.EXTRACTOR_NAME, p.EXTRACTOR_VERSION, store, [p.RETAIL_ROLE], cohort.digest)
    return NormalisedForm(extractor, cohort)


def sface_form(store: ModelStore, cohorts: Path) -> RawForm:
    """The templates of SFace alone. Raises ModelError."""
    part = _sface_part(cohorts)
    extractor = _extractor(p.SFACE_NAME, p.SFACE_VERSION, store, [p.SFACE_ROLE], part.cohort.digest)
    return RawForm(extractor, (part,))


def both_form(store: ModelStore, cohorts: Path) -> RawForm:
    """The templates of both networks. Raises ModelError."""
    retail = load_cohort(cohorts / p.BOTH_COHORT_FILE, p.EMBEDDING_SIZE)
    parts = (
        ScorePart(RETAIL, retail, *p.RETAIL_STRANGERS, p.RETAIL_WEIGHT),
        replace(_sface_part(cohorts), weight=p.SFACE_WEIGHT),
    )
    digests = "".join(part.cohort.digest for part in parts)
    extractor = _extractor(p.BOTH_NAME, p.BOTH_VERSION, store, [p.RETAIL_ROLE, p.SFACE_ROLE], digests)
    return RawForm(extractor, parts)


def _forms(
    models: FaceModels, store: ModelStore, cohorts: Path
) -> tuple[NormalisedForm | RawForm, NormalisedForm | None]:
    """The form of the templates that the embedding networks make, and that by which frames are linked where it is
    another."""
    if models.plain is None:
        return sface_form(store, cohorts), None
    retail = retail_form(store, cohorts)
    return (retail, None) if models.sface is None else (both_form(store, cohorts), retail)


def _with_earlier(today: FacePipeline, store: ModelStore, cohorts: Path) -> Pipeline:
    """The pipeline, and where its templates hold both embeddings those of either alone beside it."""
    if today.extractor.name != p.BOTH_NAME:
        return today
    held = both_form(store, cohorts)
    earlier: list[Pipeline] = [
        DerivedPipeline(form, held, today) for form in (sface_form(store, cohorts), retail_form(store, cohorts))
    ]
    return BackwardCompatiblePipeline(today, earlier, todays_template)


def _sface_part(cohorts: Path) -> ScorePart:
    return ScorePart(SFACE, load_cohort(cohorts / p.SFACE_COHORT_FILE, p.SFACE_SIZE), *p.SFACE_STRANGERS)


def _extractor(name: str, version: int, store: ModelStore, embedders: Sequence[str], digests: str) -> Extractor:
    used = store.fingerprint(p.DETECTOR_ROLE, *embedders)
    return Extractor(name, version, hashlib.sha256(f"{used}{digests}".encode()).hexdigest())


def _embedders(store: ModelStore) -> tuple[Embedder | None, SFaceEmbedder | None]:
    """The embedding networks that are installed. Raises ModelError(MODEL_MISSING) where none is."""
    sface = store.open_installed(p.SFACE_ROLE)
    plain = store.open_installed(p.RETAIL_ROLE) if sface is not None else store.open(p.RETAIL_ROLE)
    return None if plain is None else Embedder(plain), None if sface is None else SFaceEmbedder(sface)
