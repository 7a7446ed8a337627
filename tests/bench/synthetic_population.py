"""People in great numbers for measurements of scale: fingers made of made-up impressions that it read itself, and faces
drawn around those of LFW."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.fingerprint.search import as_extracted, generate_fillers, template_of_minutiae
from mlid_desktop.modalities.face.embedding.forms import RETAIL, SFACE, SIZES, Embeddings
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.search_table import tabulated
from mlid_desktop.modalities.fingerprint.templates import decode_impressions, encode
from mlid_desktop.modalities.vectors import unit_rows
from mlid_desktop.synthetic.fingerprint import choose_touch, generate_minutiae_sets, impress, make_master
from tests.bench.bench_face_embedders import embed, open_store

WHOLE = 240  # fingers drawn and read; the halves of these make all others
SEEDS = range(3_000_000, 3_000_000 + WHOLE)
MATED_SEED = 4_000_000
PROVENANCE = Provenance(SourceKind.SIMULATED, DeviceIdentity("simulated", "scale", "scale"))
MADE = Path(os.environ.get("MLID_BENCH_CACHE") or Path(tempfile.gettempdir()) / "mlid-bench")


def whole_fingers(pipeline: Pipeline, touch: int = 0) -> list[Template]:
    """A touch of each of WHOLE made-up fingers, drawn and read by the pipeline; kept in a folder for the next run."""
    path = MADE / f"fingers-{pipeline.extractor.name}-{pipeline.extractor.version}-{touch}.pickle"
    if path.is_file():
        kept: list[Template] = pickle.loads(path.read_bytes())
        return kept
    made = []
    for seed in SEEDS:
        image = impress(make_master(seed), choose_touch(seed, touch), touch)
        template = pipeline.observe(FingerSample(0, 0.0, PROVENANCE, image, 500.0)).template
        if template is not None:
            made.append(template)
    MADE.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(made))
    return made


def drawn_fingers(whole: Sequence[Template], count: int) -> list[Template]:
    """Made-up fingers with their search tables: one half of one beside the other half of another, with the flow of the
    ridges of one; kept in a folder for the next run."""
    path = MADE / f"drawn-{whole[0].extractor.name}-{whole[0].extractor.version}-{p.TABLE_VERSION}-{count}.pickle"
    if not path.is_file():
        MADE.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(list(_drawn(whole, count))))
    kept: list[Template] = pickle.loads(path.read_bytes())
    return kept


def described(drawn: Sequence[Template]) -> str:
    """Who read made-up fingers, and how many minutiae they have."""
    minutiae = np.median([template.payload[2] for template in drawn])
    return f"made-up fingers by {drawn[0].extractor.name}, {minutiae:.0f} minutiae in the median one"


def _drawn(whole: Sequence[Template], count: int) -> Iterator[Template]:
    source = np.random.default_rng(5)
    impressions = [decode_impressions(template.payload)[0] for template in whole]
    for minutiae in generate_fillers([impression.minutiae for impression in impressions], count, source):
        flow = impressions[int(source.integers(len(impressions)))].flow
        yield tabulated(replace(whole[0], payload=encode(minutiae, flow), search_table=None))


def second_touches(count: int) -> list[tuple[Template, Template]]:
    """Two touches of each of made-up fingers that no other finger here is made of; kept in a folder for the next
    run."""
    path = MADE / f"second-touches-{count}.pickle"
    if not path.is_file():
        source = np.random.default_rng(6)
        pairs = generate_minutiae_sets(range(MATED_SEED, MATED_SEED + count), (0, 1))
        made = [tuple(template_of_minutiae(as_extracted(touch, source)) for touch in pair) for pair in pairs]
        MADE.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(made))
    kept: list[tuple[Template, Template]] = pickle.loads(path.read_bytes())
    return kept


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Embeddings of pictures of people: ``people`` (n,) by number, ``embeddings`` by network (n, size)."""

    people: NDArray[np.intp]
    embeddings: Embeddings

    def first(self) -> NDArray[np.intp]:
        """The first picture of everybody."""
        return np.unique(self.people, return_index=True)[1]

    def second(self) -> NDArray[np.intp]:
        """All other pictures."""
        return np.setdiff1d(np.arange(len(self.people)), self.first())


def lfw_pictures() -> Pictures | None:
    """The pictures of LFW as both networks embed them, kept in a folder for the next run: those of ``MLID_LFW_TRAIN``
    (the folder of ``lfw_train.tar``, unpacked) by the models of ``MLID_MODELS``, half an hour of a core. None where
    none are kept and either is not named."""
    path = MADE / "lfw.npz"
    if not path.is_file():
        folder, models = os.environ.get("MLID_LFW_TRAIN"), os.environ.get("MLID_MODELS")
        if folder is None or models is None:
            return None
        seen = embed(open_store(Path(models)), sorted(Path(folder).glob("*/*")))
        embeddings = {network: np.stack([both[network] for _, both in seen]) for network in (RETAIL, SFACE)}
        MADE.mkdir(parents=True, exist_ok=True)
        np.savez(path, names=[person for person, _ in seen], retail=embeddings[RETAIL], sface=embeddings[SFACE])
    kept = np.load(path)
    people = np.unique([name.split("/")[0] for name in kept["names"]], return_inverse=True)[1]
    return Pictures(people, {RETAIL: kept["retail"], SFACE: kept["sface"]})


def drawn_embeddings(pictures: Pictures | None, count: int, seed: int) -> Embeddings:
    """Embeddings of people who are nobody: drawn with the covariance of the pictures, of both networks together; as
    wide in every direction where there are none."""
    source, size = np.random.default_rng(seed), sum(SIZES[network] for network in (RETAIL, SFACE))
    drawn = source.standard_normal((count, size), dtype=np.float32)
    if pictures is not None:
        both = np.concatenate([unit_rows(pictures.embeddings[network]) for network in (RETAIL, SFACE)], axis=1)
        chosen = both[pictures.first()]
        spread = np.cov(chosen.T) + 1e-8 * np.eye(size)
        drawn = chosen.mean(axis=0) + drawn @ np.linalg.cholesky(spread).astype(np.float32).T
    return {RETAIL: drawn[:, : SIZES[RETAIL]], SFACE: drawn[:, SIZES[RETAIL] :]}
