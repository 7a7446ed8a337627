"""Faces: both embedding networks beside one another against the one of before, on people that neither cohort nor
calibration has seen (``data/lfw_kept_out.txt``) and on ``lfw_dev``; women and men apart. Nothing is set here.

With ``MLID_LFW_TRAIN`` (the folder of ``lfw_train.tar``, unpacked) the 2,000 are reported on too; embedding them takes
half an hour of a core.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.domain.samples import Image
from mlid_desktop.evaluation.groups import Groups, group_rates
from mlid_desktop.evaluation.metrics import Trials
from mlid_desktop.modalities.face import opening
from mlid_desktop.modalities.face.align import align
from mlid_desktop.modalities.face.detect import FaceDetector
from mlid_desktop.modalities.face.embedding.compare import row_scores
from mlid_desktop.modalities.face.embedding.extract import Embedder, SFaceEmbedder
from mlid_desktop.modalities.face.embedding.forms import RETAIL, SFACE, TemplateForm
from mlid_desktop.modalities.face.pipeline import most_central
from mlid_desktop.models.manifest import Manifest
from mlid_desktop.models.store import ModelStore
from tests.bench.make_face_cohort import read_sex
from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]
KEPT_OUT = Path(__file__).resolve().parent / "data" / "lfw_kept_out.txt"
RATES = (1e-4, 1e-5)
ROUNDS = 200
PAIRS_AT_ONCE = 500_000
ASKED_RATIO, ASKED_UPPER = 0.55, 0.75
ASKED_GROUP = 1.5
SHIPPED = {"standard": 2e-5, "strict": 1e-5}

Scores = dict[str, NDArray[np.float32]]
Embedded = tuple[str, Mapping[str, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """All pairs of a set, those of one person and those of strangers by people's numbers, and the scores of each
    extractor in that order."""

    people: tuple[str, ...]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    scores: Scores

    @property
    def same(self) -> NDArray[np.bool_]:
        """Which pairs show one person."""
        return np.asarray(self.first == self.second)


def run(report: Report) -> None:
    """The figures of docs/evaluation.md on two networks."""
    models = os.environ.get("MLID_MODELS")
    if report.shared is None or models is None:
        report.note("no shared data, or no models in MLID_MODELS: nothing to measure with")
        return
    store = open_store(Path(models))
    faces = report.shared / "data" / "face"
    sex = read_sex(faces / "female_names.txt", faces / "male_names.txt")
    sets = {"lfw_dev": sorted((faces / "lfw_dev").glob("*/*"))}
    if os.environ.get("MLID_LFW_TRAIN"):
        kept = KEPT_OUT.read_text("utf-8").split()
        root = Path(os.environ["MLID_LFW_TRAIN"])
        sets["2,000 kept out"] = [path for name in kept for path in sorted((root / name).iterdir())]
    for name, paths in sets.items():
        compared = compare_all(embed(store, paths), opened_forms(store))
        against_before(report, name, compared, asked=name != "lfw_dev")
        by_group(report, name, compared, sex)


def open_store(models: Path) -> ModelStore:
    """The models in a folder, on one thread each."""
    return ModelStore(Manifest.read(ROOT / "resources" / "models" / "manifest.toml"), models, threads=1)


def opened_forms(store: ModelStore) -> dict[str, TemplateForm]:
    """The templates of both networks, and of each alone."""
    cohorts = ROOT / "resources" / "face"
    return {
        "both": opening.both_form(store, cohorts),
        "sface": opening.sface_form(store, cohorts),
        "retail": opening.retail_form(store, cohorts),
    }


def embed(store: ModelStore, paths: Sequence[Path]) -> list[Embedded]:
    """Who is on each picture, and the embeddings of their face."""
    detector = FaceDetector(store.open("face-detector-dynamic"))
    plain, sface = Embedder(store.open("face-embedding")), SFaceEmbedder(store.open("face-embedding-sface"))
    found: list[Embedded] = []
    for path in paths:
        image: Image = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
        seen = detector.find(image)
        if seen:
            face = detector.measure_close_up(image, most_central(seen, image.shape[:2])).face
            both = {RETAIL: plain.embed(align(image, face.points)), SFACE: sface.embed(image, face.points)}
            found.append((path.parent.name, both))
    return found


def compare_all(embedded: Sequence[Embedded], forms: Mapping[str, TemplateForm]) -> Compared:
    """Scores of every pair by every extractor; pictures under two names are one person's, as in the calibration."""
    people = tuple(sorted({person for person, _ in embedded}))
    number = np.array([people.index(person) for person, _ in embedded])
    first, second = np.triu_indices(len(embedded), 1)
    scores, doubles = {}, np.zeros(len(first), np.bool_)
    for name, form in forms.items():
        rows = form.rows([form.template(both) for _, both in embedded])
        values = np.empty(len(first), np.float32)
        for start in range(0, len(first), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            values[part] = row_scores(rows[first[part]], rows[second[part]])
        scores[name] = values
        doubles |= values >= 0.9 * float(np.median(row_scores(rows, rows)))
    counted = ~(doubles & (number[first] != number[second]))
    kept_scores = {name: values[counted] for name, values in scores.items()}
    return Compared(
        people,
        number[first][counted],
        number[second][counted],
        kept_scores,
    )


def against_before(report: Report, name: str, compared: Compared, *, asked: bool) -> None:
    """FNMR at two rates by each extractor, and the ratio to that of before, with a bootstrap over people."""
    for rate in RATES:
        counted = {which: RankedScores(compared, which, rate) for which in compared.scores}
        whole = np.ones(len(compared.people))
        for which, ranked in counted.items():
            report.figure(f"{name}: FNMR at FMR {rate:g}, {which}", 100 * ranked.fnmr(whole), "%")
        ratio = counted["both"].fnmr(whole) / counted["retail"].fnmr(whole)
        source, drawn = np.random.default_rng(0), []
        for _ in range(ROUNDS):
            weights = np.bincount(
                source.integers(0, len(compared.people), len(compared.people)), minlength=len(compared.people)
            ).astype(np.float64)
            before = counted["retail"].fnmr(weights)
            if before > 0:
                drawn.append(counted["both"].fnmr(weights) / before)
        upper = float(np.quantile(drawn, 0.975))
        limits: dict[str, Any] = {"at_most": ASKED_RATIO} if asked and rate == RATES[0] else {}
        report.figure(f"{name}: FNMR at FMR {rate:g}, both over retail alone", ratio, "", **limits)
        limits = {"at_most": ASKED_UPPER} if asked and rate == RATES[0] else {}
        report.figure(f"{name}: the same, lower end by people", float(np.quantile(drawn, 0.025)), "")
        report.figure(f"{name}: the same, upper end by people", upper, "", **limits)


class RankedScores:
    """What a false match rate's threshold needs of all scores: the genuine ones, and the strangers' highest, so that
    each draw of people is a sum over few."""

    def __init__(self, compared: Compared, which: str, rate: float) -> None:
        same, score = compared.same, compared.scores[which]
        self._rate = rate
        self._genuine = score[same].astype(np.float64)
        self._person = compared.first[same]
        strangers, first, second = score[~same], compared.first[~same], compared.second[~same]
        kept = max(1000, int(40 * rate * len(strangers)))
        top = np.argpartition(-strangers, min(kept, len(strangers) - 1))[:kept]
        top = top[np.argsort(-strangers[top], kind="stable")]
        self._highest, self._first, self._second = strangers[top].astype(np.float64), first[top], second[top]
        keys = first * len(compared.people) + second
        pairs, count = np.unique(keys, return_counts=True)
        self._pairs, self._count = (pairs // len(compared.people), pairs % len(compared.people)), count

    def fnmr(self, weights: NDArray[np.float64]) -> float:
        """FNMR at the threshold of this draw of people."""
        total = float((weights[self._pairs[0]] * weights[self._pairs[1]] * self._count).sum())
        reached = np.cumsum(weights[self._first] * weights[self._second])
        allowed = int(np.searchsorted(reached, self._rate * total, side="right"))
        threshold = self._highest[min(allowed, len(self._highest) - 1)]
        of_genuine = weights[self._person]
        return float((of_genuine * (self._genuine <= threshold)).sum() / of_genuine.sum())


def by_group(report: Report, name: str, compared: Compared, sex: Mapping[str, int]) -> None:
    """Women's and men's false match rates within themselves, at the shipped thresholds and at fixed rates."""
    groups: Groups = {
        label: frozenset(number for number, person in enumerate(compared.people) if sex.get(person) == code)
        for label, code in (("women", 1), ("men", 0))
    }
    shipped = read_calibration((ROOT / "resources" / "calibration" / "face.toml").read_bytes())
    same = compared.same
    for which in ("both", "retail"):
        every = Trials(compared.scores[which].astype(np.float64), compared.first, compared.second)
        genuine, strangers = every.where(same), every.where(~same)
        ranked = np.sort(strangers.score)[::-1]
        points = {f"FMR {rate:g} of all pairs": float(ranked[int(rate * len(ranked))]) for rate in (1e-3, *RATES)}
        if which == "both":
            points |= {f"the threshold of {policy}": shipped.threshold(rate) for policy, rate in SHIPPED.items()}
        for label, threshold in points.items():
            refused = 100 * float((genuine.score < threshold).mean())
            report.figure(f"{name}, {which}, {label}: of the genuine pairs, refused", refused, "%")
            rates = group_rates(groups, genuine, strangers, threshold, ROUNDS)
            for group, found in rates.items():
                report.figure(f"{name}, {which}, {label}: FMR within {group}", found.fmr, "")
                report.figure(f"{name}, {which}, {label}: upper end, {group}", found.fmr_interval.high, "")
                if found.fmr_ratio is not None and found.fmr_ratio_interval is not None:
                    report.figure(f"{name}, {which}, {label}: {group} over all within", found.fmr_ratio, "")
                    limits: dict[str, Any] = {"at_most": ASKED_GROUP} if "standard" in label else {}
                    upper = found.fmr_ratio_interval.high
                    report.figure(f"{name}, {which}, {label}: upper end, {group} over all", upper, "", **limits)
