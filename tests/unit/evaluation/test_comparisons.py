"""A face evaluation from folders to numbers, on pictures whose likeness is known."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.calibration_run import run_calibration, write_calibration
from mlid_desktop.evaluation.comparisons import ComparisonResult, discard_curve, evaluate_comparisons
from mlid_desktop.evaluation.datasets import read_image_set
from mlid_desktop.evaluation.groups import group_rates
from mlid_desktop.evaluation.metrics import Trials
from mlid_desktop.evaluation.observations import ImageRow
from mlid_desktop.evaluation.pairs import PairList, all_pairs, read_pairs
from mlid_desktop.evaluation.report.report import comparison_document
from tests.unit.evaluation.pictures import EXTRACTOR, PicturePipeline, corner, draw_people, open_file

PEOPLE, IMAGES = 12, 3
TEMPLATE = Template(FACE, EXTRACTOR, b"")


def nobody_watches(_done: float, _note: str) -> None:
    """No bar."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faces") / "set"
    draw_people(root, PEOPLE, IMAGES, noise=25.0)
    return root


def evaluated(folder: Path, pair_list: Path | None = None) -> ComparisonResult:
    images = read_image_set(folder)
    chosen = all_pairs(images) if pair_list is None else read_pairs(pair_list, images)
    return evaluate_comparisons(images, chosen, PicturePipeline(), open_file, {}, nobody_watches, corner)


def test_every_image_is_observed_and_every_pair_compared(folder: Path) -> None:
    told: list[float] = []
    images = read_image_set(folder)
    result = evaluate_comparisons(
        images, all_pairs(images), PicturePipeline(), open_file, {}, lambda done, _: told.append(done), corner
    )
    assert len(result.rows) == PEOPLE * IMAGES
    assert len(result.genuine) == PEOPLE * IMAGES * (IMAGES - 1) // 2
    assert len(result.impostor) == PEOPLE * (PEOPLE - 1) // 2 * IMAGES**2
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_scores_are_those_of_the_pipeline(folder: Path) -> None:
    images = read_image_set(folder)
    pipeline = PicturePipeline()
    result = evaluated(folder)
    first, second = result.rows[0].template, result.rows[1].template
    assert first is not None
    assert second is not None
    assert images.person_of[0] == images.person_of[1]
    assert result.genuine.score[0] == pytest.approx(pipeline.similarity(first, second), abs=1e-5)


def test_the_baseline_is_scored_on_the_same_pairs(folder: Path) -> None:
    result = evaluated(folder)
    assert result.plain is not None
    assert len(result.plain.genuine) == len(result.genuine)
    assert len(result.plain.impostor) == len(result.impostor)
    assert result.plain.rates.eer > result.rates.eer
    change = comparison_document("face", result, {})["plain"]["change"]["eer"]
    assert change == pytest.approx(result.rates.eer / result.plain.rates.eer - 1.0)
    assert change < 0


def test_only_images_that_pairs_name_are_looked_at(folder: Path, tmp_path: Path) -> None:
    pair_list = tmp_path / "pairs.txt"
    pair_list.write_text("P00 1 2\nP01 1 P02 3\nP01 1 P05 3\n")
    result = evaluated(folder, pair_list)
    assert len(result.rows) == 5
    assert (len(result.genuine), len(result.impostor)) == (1, 2)
    assert result.fte == 0.0


def test_an_image_without_a_face_and_one_that_is_none_are_failures_to_acquire(tmp_path: Path) -> None:
    draw_people(tmp_path / "set", 4, 2, noise=5.0)
    (tmp_path / "set" / "P00" / "P00_0001.png").write_bytes(b"no picture at all")
    for name in ("P01_0001.png", "P01_0002.png"):
        cv2.imwrite(str(tmp_path / "set" / "P01" / name), np.zeros((40, 40, 3), np.uint8))
    result = evaluated(tmp_path / "set")
    assert result.fta == pytest.approx(3 / 8)
    assert result.fte == pytest.approx(1 / 4)
    assert len(result.genuine) == 2
    document = comparison_document("face", result, {})
    assert document["failures"] == {"device.bad_media": 1, "no_face": 2}
    assert document["intervals"]["fta"][0] < 3 / 8 < document["intervals"]["fta"][1]


def test_a_set_that_cannot_be_compared_is_a_usage_fault(tmp_path: Path) -> None:
    for person in ("A", "B"):
        (tmp_path / person).mkdir()
        (tmp_path / person / "1.png").write_bytes(b"no picture")
    with pytest.raises(UsageError):
        evaluated(tmp_path)


def test_discarding_images_whose_quality_tells_lowers_the_errors() -> None:
    """Every tenth image is bad in score and in quality: without the worst fifth no error is left."""
    count = 40
    bad = np.arange(count) % 10 == 0
    rows = [ImageRow(TEMPLATE, 10 if is_bad else 80 + index % 20, {}, {}, {}, "") for index, is_bad in enumerate(bad)]
    first, second = np.triu_indices(count, 1)
    same = first // 4 == second // 4
    score = np.where(same, np.where(bad[first] | bad[second], -1.0, 5.0), 0.0)
    scored = Trials(score, first // 4, second // 4)
    curve = discard_curve(rows, PairList(first, second, same), scored.where(same), scored.where(~same))
    assert curve[0.0] > 0.1
    assert curve[0.2] == 0.0
    assert list(curve.values()) == sorted(curve.values(), reverse=True)


def drawn_people(weak_genuine: float = 0.0, women_alike: float = 0.0) -> tuple[Trials, Trials]:
    """Trials of ten people whose own scores are lower, or strangers' scores among them higher, and of thirty others;
    strangers of the two groups are less alike than any within one."""
    source = np.random.default_rng(0)
    person = np.repeat(np.arange(40), 20)
    genuine = Trials(source.normal(8, 1, 800) - np.where(person < 10, weak_genuine, 0.0), person, person)
    first, second = (np.tile(side, 60) for side in np.triu_indices(40, 1))
    score = source.normal(0, 1, len(first)) - np.where((first < 10) != (second < 10), 2.0, 0.0)
    return genuine, Trials(score + np.where((first < 10) & (second < 10), women_alike, 0.0), first, second)


HALVES = {"ten": frozenset(range(10)), "others": frozenset(range(10, 40))}


def test_a_group_that_errs_more_is_flagged_at_one_threshold_for_all() -> None:
    found = group_rates(HALVES, *drawn_people(weak_genuine=4.0), 2.5)
    weak, strong = found["ten"], found["others"]
    assert weak.worse
    assert not strong.worse
    assert weak.fnmr_interval.low <= weak.fnmr <= weak.fnmr_interval.high
    assert (weak.people, weak.genuine, weak.impostor) == (10, 200, 45 * 60)
    assert strong.fmr_interval.high > 0.0


def test_groups_that_are_alike_are_not_flagged_for_pairs_across_them_being_less_so() -> None:
    """Within every group strangers match more often than over all pairs: that alone flags nobody."""
    genuine, impostor = drawn_people()
    found = group_rates(HALVES, genuine, impostor, 1.5)
    over_all_pairs = float((impostor.score >= 1.5).mean())
    assert all(rates.fmr > 1.25 * over_all_pairs for rates in found.values())
    assert not any(rates.worse for rates in found.values())
    assert all(rates.fmr_ratio == pytest.approx(1.0, abs=0.2) for rates in found.values())


def test_a_group_whose_strangers_are_confused_more_often_is_flagged_with_an_interval_by_person() -> None:
    found = group_rates(HALVES, *drawn_people(women_alike=1.0), 2.0)
    ten = found["ten"]
    assert ten.worse
    assert ten.fmr_ratio is not None
    assert ten.fmr_ratio_interval is not None
    assert ten.fmr_ratio_interval.low <= ten.fmr_ratio <= ten.fmr_ratio_interval.high
    assert found["others"].fmr_ratio is not None
    assert found["others"].fmr_ratio < 1.0


def test_without_an_error_nothing_is_compared() -> None:
    (ten, _) = group_rates(HALVES, *drawn_people(), 50.0).values()
    assert (ten.fmr, ten.fmr_ratio, ten.fmr_ratio_interval) == (0.0, None, None)
    assert ten.fmr_interval.high > 0.2  # ten people tell little


def test_a_calibration_run_writes_what_a_station_reads(folder: Path, tmp_path: Path) -> None:
    images = read_image_set(folder)
    run = run_calibration(images, all_pairs(images), FACE, PicturePipeline(), open_file, nobody_watches, "patterns")
    write_calibration(tmp_path / "made" / "face.toml", run.calibration)
    made = read_calibration((tmp_path / "made" / "face.toml").read_bytes())
    assert made.extractor == EXTRACTOR.key
    assert (made.people, made.dataset) == (PEOPLE, "patterns")
    assert run.merged == ()
    with pytest.raises(UsageError):
        write_calibration(tmp_path / "made" / "face.toml" / "below", made)


def test_one_picture_under_two_names_is_one_person(tmp_path: Path) -> None:
    draw_people(tmp_path / "set", 10, 3, noise=25.0)
    picture = (tmp_path / "set" / "P03" / "P03_0001.png").read_bytes()
    (tmp_path / "set" / "P07" / "again.png").write_bytes(picture)
    images = read_image_set(tmp_path / "set")
    run = run_calibration(images, all_pairs(images), FACE, PicturePipeline(), open_file, nobody_watches, "patterns")
    assert run.merged == (("P03", "P07"),)
    assert run.calibration.people == 9
    assert run.calibration.impostor == 31 * 30 // 2 - 9 * 3 - 6 - 3 * 4
