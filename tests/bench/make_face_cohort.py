"""``python -m tests.bench.make_face_cohort LFW_TRAIN_TAR FEMALE_NAMES MALE_NAMES MODELS_DIR OUT_DIR``: makes
``cohort-sface.npz`` and ``cohort-retail-0095-2.npz``, and prints the numbers of ``parameters.py`` that belong to them.

Learnt from the people of ``lfw_train.tar`` whose name's SHA-256 begins with a byte below ``COHORT_BELOW``, but for the
two shares of :func:`balance`; calibrated is on those below ``CALIBRATION_BELOW``, reported on others of whom nothing is
looked at here. The same bytes come out every time. ``cohort-retail-0095.npz`` was made by :func:`neighbourhoods` of one
picture each of the people below 128, with 128 middles.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.align import align
from mlid_desktop.modalities.face.detect import FaceDetector
from mlid_desktop.modalities.face.embedding.cohort import FaceCohort
from mlid_desktop.modalities.face.embedding.extract import Embedder, SFaceEmbedder
from mlid_desktop.modalities.face.embedding.forms import RETAIL, SFACE
from mlid_desktop.modalities.face.pipeline import most_central
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore

ROOT = Path(__file__).resolve().parents[2]
DOUBLES = Path(__file__).resolve().parent / "data" / "lfw_doubles.txt"  # other names of people who are in the set
COHORT_BELOW, CALIBRATION_BELOW = 24, 128
CENTRES = 32
ROUNDS = 60
LEAST_MEMBERS = 5
RIDGE = 0.3  # of the mean variance, added to each: few people for many dimensions
EQUAL_AT = (2e-4, 1e-4, 5e-5)  # false match rates at which the thresholds of women and of men are made equal
WEIGHTS = {RETAIL: p.RETAIL_WEIGHT, SFACE: p.SFACE_WEIGHT}
FILES = {RETAIL: p.BOTH_COHORT_FILE, SFACE: p.SFACE_COHORT_FILE}

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Embeddings of pictures by network, (n, d) each of length 1; who is on them, and whether a woman (1), a man (0) or
    not known (-1)."""

    embeddings: Mapping[str, Matrix]
    person: NDArray[np.str_]
    sex: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> Faces:
        """Those that a mask chooses."""
        embeddings = {network: rows[chosen] for network, rows in self.embeddings.items()}
        return Faces(embeddings, self.person[chosen], self.sex[chosen])

    @property
    def first_of_each(self) -> NDArray[np.intp]:
        """The first picture of everybody."""
        return np.sort(np.unique(self.person, return_index=True)[1])


def main() -> None:
    """Reads, embeds, learns, writes."""
    archive, female, male, models, out = (Path(argument) for argument in sys.argv[1:6])
    everybody = embed(archive, read_sex(female, male), models)
    faces = everybody.where(np.array([first_byte(person) < COHORT_BELOW for person in everybody.person]))
    cohorts = learn(faces, everybody)
    for network, cohort in cohorts.items():
        path = out / FILES[network]
        assert cohort.axis is not None
        np.savez_compressed(
            path,
            mean=cohort.mean.astype("<f2"),
            centres=cohort.centres.astype("<f2"),
            axis=cohort.axis.astype("<f2"),
            axis_levels=np.array([cohort.axis_offset, cohort.axis_share], "<f4"),
        )
        mean, spread = strangers(faces, network, cohort)
        print(f"{network}: {len(cohort.centres)} neighbourhoods, {path.stat().st_size} bytes; {mean:.4f}, {spread:.4f}")
    print(f"{len(faces.first_of_each)} people, {len(faces.person)} pictures")


def learn(cohort: Faces, everybody: Faces) -> dict[str, FaceCohort]:
    """The statistics of both networks, from the cohort. The share of SFace's axis makes women's and men's thresholds
    equal where it is alone, that of the other where both are averaged: two numbers, set on the people of the
    calibration too, because a few women do not tell them."""
    alone = balance(everybody, {}, SFACE, without_share(cohort, SFACE))
    return {SFACE: alone, RETAIL: balance(everybody, {SFACE: alone}, RETAIL, without_share(cohort, RETAIL))}


def without_share(faces: Faces, network: str) -> FaceCohort:
    """Mean, neighbourhoods and axis of one network, without what the axis changes."""
    chosen = faces.first_of_each
    units = faces.embeddings[network][chosen]
    mean = units.mean(axis=0)
    centred = unit_rows(units - mean)
    axis, offset = direction(centred, faces.sex[chosen])
    centres = neighbourhoods(centred)
    return FaceCohort(half(mean), half(centres), "", half(axis), float(np.float32(offset)), 0.0)


def balance(faces: Faces, beside: Mapping[str, FaceCohort], network: str, cohort: FaceCohort) -> FaceCohort:
    """The statistics with the share of the axis at which women and men have one threshold, found by halving."""
    assert cohort.axis is not None
    units, scores, along = faces.embeddings[network], [], []
    position = np.clip(unit_rows(units - cohort.mean) @ cohort.axis + cohort.axis_offset, -1, 1)
    for sex in (1, 0):
        first, second = pairs_within(faces, sex)
        others = sum(scaled(faces, other, made)[first, second] for other, made in beside.items())
        scores.append(scaled(faces, network, cohort)[first, second] + others)
        along.append(WEIGHTS[network] / strangers(faces, network, cohort)[1] * (position[first] + position[second]))
    low, high, middle = -0.05, 0.2, 0.0
    for _ in range(14):
        middle = (low + high) / 2
        women, men = (threshold(score - middle * reach) for score, reach in zip(scores, along, strict=True))
        low, high = (middle, high) if women > men else (low, middle)
    return FaceCohort(cohort.mean, cohort.centres, "", cohort.axis, cohort.axis_offset, float(np.float32(middle)))


def scaled(faces: Faces, network: str, cohort: FaceCohort) -> Matrix:
    """A network's part of all scores (n, n)."""
    mean, spread = strangers(faces, network, cohort)
    return np.asarray(WEIGHTS[network] * (table(faces.embeddings[network], cohort) - mean) / spread)


def pairs_within(faces: Faces, sex: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """All pairs of pictures of two women, or of two men."""
    chosen = np.flatnonzero(faces.sex == sex)
    first, second = (chosen[side] for side in np.triu_indices(len(chosen), 1))
    other = faces.person[first] != faces.person[second]
    return first[other], second[other]


def threshold(scores: NDArray[np.float64]) -> float:
    """The mean of the thresholds at some false match rates."""
    falling = np.sort(scores)[::-1]
    return float(np.mean([falling[int(rate * len(falling))] for rate in EQUAL_AT]))


def strangers(faces: Faces, network: str, cohort: FaceCohort) -> tuple[float, float]:
    """Mean and standard deviation of the scores of strangers of the cohort, one picture each."""
    scores = table(faces.embeddings[network][faces.first_of_each], cohort)
    values = scores[np.triu_indices(len(scores), 1)]
    return float(values.mean()), float(values.std())


def table(units: Matrix, cohort: FaceCohort) -> Matrix:
    """Normalised scores (n, n) of embeddings."""
    rows = cohort.normalise(units.astype(np.float32)).astype(np.float64)
    return np.asarray(rows[:, :-1] @ rows[:, :-1].T - rows[:, -1:] - rows[:, -1:].T)


def direction(centred: Matrix, sex: NDArray[np.int64]) -> tuple[Matrix, float]:
    """The axis at which the mean of women lies at 1 and that of men at -1 (Fisher's linear discriminant, with a ridge),
    and what is added to it."""
    women, men = centred[sex == 1], centred[sex == 0]
    within = np.cov(np.vstack([women - women.mean(axis=0), men - men.mean(axis=0)]).T)
    ridge = RIDGE * np.trace(within) / len(within) * np.eye(len(within))
    axis = np.linalg.solve(within + ridge, women.mean(axis=0) - men.mean(axis=0))
    axis *= 2 / float((women.mean(axis=0) - men.mean(axis=0)) @ axis)
    return axis, -float((women.mean(axis=0) + men.mean(axis=0)) @ axis) / 2


def neighbourhoods(centred: Matrix) -> Matrix:
    """Middles of groups of people alike (k-means on the sphere from spread-out starts); those of fewer than
    ``LEAST_MEMBERS`` people are left out, so that none stands for a person."""
    centres = spread_out(centred)
    for _ in range(ROUNDS):
        nearest = (centred @ centres.T).argmax(axis=1)
        counts = np.bincount(nearest, minlength=len(centres))
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, centred)
        centres = np.where(counts[:, None] > 0, unit_rows(np.where(counts[:, None] > 0, sums, centres)), centres)
    members = np.bincount((centred @ centres.T).argmax(axis=1), minlength=len(centres))
    return np.asarray(centres[members >= LEAST_MEMBERS])


def spread_out(centred: Matrix) -> Matrix:
    """Starts chosen one after another, far ones more likely (k-means++, Arthur and Vassilvitskii 2007)."""
    source = np.random.default_rng(0)
    chosen = [int(source.integers(len(centred)))]
    while len(chosen) < CENTRES:
        apart = 1.0 - (centred @ centred[chosen].T).max(axis=1)
        share = np.clip(apart, 0, None) ** 2
        chosen.append(int(source.choice(len(centred), p=share / share.sum())))
    return np.array(centred[chosen])


def embed(archive: Path, sex_of: Mapping[str, int], models: Path) -> Faces:
    """Every picture of the people of cohort and calibration."""
    store = ModelStore(Manifest.read(ROOT / "resources" / "models" / "manifest.toml"), models, threads=1)
    detector = FaceDetector(store.open("face-detector-dynamic"))
    plain, sface = Embedder(store.open("face-embedding")), SFaceEmbedder(store.open("face-embedding-sface"))
    rows: dict[str, list[Any]] = {RETAIL: [], SFACE: [], "person": []}
    for person, image in pictures(archive):
        faces = detector.find(image)
        if faces:
            face = detector.measure_close_up(image, most_central(faces, image.shape[:2])).face
            rows[RETAIL].append(plain.embed(align(image, face.points)))
            rows[SFACE].append(sface.embed(image, face.points))
            rows["person"].append(person)
    embeddings = {network: unit_rows(np.array(rows[network], np.float64)) for network in (RETAIL, SFACE)}
    sex = np.array([sex_of.get(person, -1) for person in rows["person"]])
    return Faces(embeddings, np.array(rows["person"]), sex)


def pictures(archive: Path) -> Iterator[tuple[str, Image]]:
    """The pictures of the people of cohort and calibration, by name."""
    doubles = set(DOUBLES.read_text("utf-8").split())
    with tarfile.open(archive) as content:
        for member in sorted(content, key=lambda entry: entry.name):
            person = Path(member.name).parent.name
            if member.isfile() and person not in doubles and first_byte(person) < CALIBRATION_BELOW:
                stream = content.extractfile(member)
                assert stream is not None
                picture = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_COLOR)
                yield person, np.asarray(picture, np.uint8)


def first_byte(person: str) -> int:
    """Which part of the set a person belongs to."""
    return hashlib.sha256(person.encode()).digest()[0]


def read_sex(female: Path, male: Path) -> dict[str, int]:
    """1 for women and 0 for men by the lists of pictures; nobody who stands in both."""
    women, men = ({line.rsplit("_", 1)[0] for line in path.read_text().split()} for path in (female, male))
    return {**dict.fromkeys(women - men, 1), **dict.fromkeys(men - women, 0)}


def unit_rows(matrix: Matrix) -> Matrix:
    """Every row at length 1."""
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


def half(values: Matrix) -> NDArray[np.float32]:
    """Values as they are stored."""
    return values.astype("<f2").astype(np.float32)


if __name__ == "__main__":
    main()
