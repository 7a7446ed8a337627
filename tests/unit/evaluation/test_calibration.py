"""Calibration: the table is monotone, never claims more than the data carry, and holds for people not in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from mlid_desktop.decision.calibration import Calibration, read_calibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError, UsageError
from mlid_desktop.evaluation.calibration import GROUP_ALLOWANCE, ScoreBins, bins_within, calibrate, write_toml
from mlid_desktop.evaluation.metrics import Trials, share_interval
from tests.unit.evaluation.people import GENUINE_MEAN, spread_of_scores, trials


def calibrated(seed: int, people: int = 40, images: int = 3) -> Calibration:
    genuine, impostor = trials(np.random.default_rng(seed), people, images)
    return calibrate(ScoreBins.of(genuine, impostor, people), Modality.FACE, "made-up/1/", "made-up people")


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), people=st.integers(8, 30), images=st.integers(2, 4))
def test_the_table_is_one_that_a_station_reads_back_unchanged(seed: int, people: int, images: int) -> None:
    made = calibrated(seed, people, images)
    assert read_calibration(write_toml(made).encode()) == made


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_no_rate_is_below_what_the_comparisons_carry(seed: int) -> None:
    genuine, impostor = trials(np.random.default_rng(seed), 30, 3)
    made = calibrate(ScoreBins.of(genuine, impostor, 30), Modality.FACE, "made-up/1/", "made-up people")
    for score, rate in zip(made.score, made.fmr, strict=True):
        seen = int((impostor.score >= score).sum())
        assert rate >= seen / len(impostor)
        assert rate >= 2.9 / len(impostor)  # the rule of three for all comparisons, were they independent
    assert made.limit_fmr == made.fmr[-1]
    assert (impostor.score >= made.score[-1]).sum() == 0


@pytest.mark.parametrize(("people", "images", "spread"), [(40, 3, 0.5), (20, 8, 0.5), (20, 8, 0.8)])
def test_the_bound_holds_for_the_whole_population_in_at_least_95_of_100_data_sets(
    people: int, images: int, spread: float
) -> None:
    rates = (0.1, 0.01, 0.001)
    width = spread_of_scores(spread)
    held, at_the_end, rounds = np.zeros(len(rates)), 0, 100
    for seed in range(rounds):
        genuine, impostor = trials(np.random.default_rng(seed), people, images, spread)
        made = calibrate(ScoreBins.of(genuine, impostor, people), Modality.FACE, "made-up/1/", "made-up people")
        held += [made.meaning(score).fmr >= rate for score, rate in zip(norm.isf(rates) * width, rates, strict=True)]
        at_the_end += made.limit_fmr >= norm.sf(made.score[-1] / width)
    allowed = rounds * 0.95 - 4.4  # two standard deviations of 100 draws below 95
    assert (held >= allowed).all(), held
    assert at_the_end >= allowed


def test_the_bound_is_no_wider_than_it_must_be() -> None:
    made = calibrated(5, people=100, images=3)
    assert made.meaning(norm.isf(0.01) * spread_of_scores()).fmr < 0.02
    assert made.limit_fmr < 1e-3


def test_comparisons_that_share_people_count_for_fewer() -> None:
    """Eight people whose every impostor score is high for one of them: many comparisons, little evidence."""
    people, images = 8, 12
    first, second = np.triu_indices(people * images, 1)
    first, second = first // images, second // images
    score = np.where((first == 0) | (second == 0), 1.0, 0.0) + np.random.default_rng(1).normal(0, 0.01, len(first))
    same = first == second
    everything = Trials(np.where(same, 5.0, score), first, second)
    made = calibrate(
        ScoreBins.of(everything.where(same), everything.where(~same), people), Modality.FACE, "made-up/1/", "wolf"
    )
    assert made.meaning(0.9).fmr > 1.5 * (everything.where(~same).score >= 0.9).mean()
    assert made.limit_fmr > 10 * share_interval(0, made.impostor).high


def test_the_likelihood_ratio_is_that_of_the_population() -> None:
    made = calibrated(2, people=120, images=4)
    spread = spread_of_scores()
    for score in (0.5, 1.0, 1.5, 2.0, 2.5):
        truth = (norm.logpdf(score, GENUINE_MEAN, spread) - norm.logpdf(score, 0.0, spread)).item()
        assert made.meaning(score).log_likelihood_ratio == pytest.approx(truth, abs=0.7)


def test_too_few_people_carry_no_calibration() -> None:
    with pytest.raises(UsageError) as fault:
        calibrated(1, people=7)
    assert "8 people" in str(fault.value)


def test_separated_scores_end_the_table_at_the_rule_of_three() -> None:
    """Nothing is seen above the highest impostor score, and no more is claimed than 3 in N."""
    genuine, impostor = trials(np.random.default_rng(4), 60, 3)
    apart = Trials(genuine.score + 50.0, genuine.first, genuine.second)
    made = calibrate(ScoreBins.of(apart, impostor, 60), Modality.FACE, "made-up/1/", "made-up people")
    meaning = made.meaning(60.0)
    assert meaning.capped
    assert meaning.fmr >= 2.9 / len(impostor)
    assert made.score[-1] <= impostor.score.max() + 0.1


def of_two_groups(women: int, men: int, alike: float, seed: int = 0) -> tuple[Calibration, Trials, frozenset[int]]:
    """A calibration of people of two groups; strangers of the first are more alike among themselves by ``alike``."""
    genuine, impostor = trials(np.random.default_rng(seed), women + men, 3)
    within = (impostor.first < women) & (impostor.second < women)
    moved = Trials(impostor.score + np.where(within, alike, 0.0), impostor.first, impostor.second)
    bins = ScoreBins.of(genuine, moved, women + men)
    groups = {"women": frozenset(range(women)), "men": frozenset(range(women, women + men))}
    made = calibrate(bins, Modality.FACE, "made-up/1/", "made-up", bins_within(bins, moved, groups))
    return made, moved, groups["women"]


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), alike=st.floats(0.0, 2.0))
def test_a_score_never_means_less_than_the_worst_group_allows(seed: int, alike: float) -> None:
    made, impostor, women = of_two_groups(12, 24, alike, seed)
    among = impostor.where(np.isin(impostor.first, sorted(women)) & np.isin(impostor.second, sorted(women)))
    assert made.groups == {"women": 12, "men": 24}
    for score, rate, worst in zip(made.score, made.fmr, made.group_fmr, strict=True):
        assert worst >= (among.score >= score).mean()
        assert rate >= worst / GROUP_ALLOWANCE * 0.999
    assert read_calibration(write_toml(made).encode()) == made


def test_a_group_that_is_confused_more_often_raises_the_threshold_for_all() -> None:
    alike, unlike = (of_two_groups(30, 60, difference)[0] for difference in (1.5, 0.0))
    assert alike.threshold(0.02) > unlike.threshold(0.02)


def test_a_site_with_too_few_of_a_group_is_refused() -> None:
    """Fewer than eight people carry no rate at all; a few more carry little, and a stricter one is not claimed."""
    with pytest.raises(UsageError) as refused:
        of_two_groups(7, 60, 0.0)
    assert "women" in str(refused.value.facts["why"])
    few, many = of_two_groups(10, 80, 0.0)[0], of_two_groups(45, 45, 0.0)[0]
    assert few.limit_fmr > many.limit_fmr
    with pytest.raises(ModelError) as uncalibrated:
        few.threshold(many.limit_fmr)
    assert uncalibrated.value.code is Code.MODEL_UNCALIBRATED


@pytest.mark.parametrize("bad", [{"group_fmr": (0.5,)}, {"group_fmr": (0.0,) * 3}, {"groups": {"": "many"}}])
def test_a_table_whose_groups_do_not_fit_is_refused(bad: dict[str, object]) -> None:
    made = of_two_groups(12, 24, 0.5)[0]
    with pytest.raises(ValueError, match="valid"):
        Calibration.model_validate({**made.model_dump(), **bad})
