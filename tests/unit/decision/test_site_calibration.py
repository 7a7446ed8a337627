"""A site's calibration: what people carry, counted in people; never looser than the group confused most allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from mlid_desktop.decision.calibration import Calibration, read_calibration
from mlid_desktop.decision.calibration_set import CalibrationSet, calibration_for, continuity_calibration
from mlid_desktop.decision.site_calibration.measurement import (
    FEWEST_PEOPLE,
    GROUP_ALLOWANCE,
    SitePairs,
    best_of_each_person,
    bootstrap_bounds,
    match_rates,
    measure_site,
    people_needed,
)
from mlid_desktop.decision.site_calibration.stored_calibration import (
    SiteCalibration,
    bounded_by_shipped,
    read_site_calibration,
    substitute_site_calibrations,
)
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError
from tests.makers import ROOT, calibration

FINGER = read_calibration((ROOT / "resources" / "calibration" / "fingerprint.toml").read_bytes())
STRANGERS = np.array([0.0, *np.linspace(0.5, 6.0, 56)])
NORMAL = calibration().model_copy(
    update={  # strangers are normal about 0: score s means norm.sf(s)
        "score": tuple(STRANGERS.tolist()),
        "fmr": (1.0, *norm.sf(STRANGERS[1:]).tolist()),
        "llr": tuple((STRANGERS - 2.0).tolist()),
        "limit_fmr": float(norm.sf(6.0)),
    }
)


def site(people: int, seed: int = 0, shift: float = 0.0, spread: float = 0.0) -> SitePairs:
    """Every two people once; each moves all of their own scores by a normal deviate of this spread."""
    random = np.random.default_rng(seed)
    first, second = np.triu_indices(people, 1)
    own = random.normal(0.0, spread, people)
    scores = random.normal(shift, 1.0, len(first)) + (own[first] + own[second]) / np.sqrt(2.0)
    return SitePairs.of(first, second, scores, np.full(people, 1e9))


def kept(made: Calibration) -> SiteCalibration:
    """As a vault keeps it."""
    return SiteCalibration(
        format=1,
        calibration=made,
        made_at="2026-11-28T10:00:00+00:00",
        pairs=1,
        left_out=0,
        carried_fmr=0.01,
        raised=1.0,
        made_by="sup",
        confirmed_by="witness",
    )


@settings(max_examples=25)
@given(
    people=st.integers(FEWEST_PEOPLE, 90),
    seed=st.integers(0, 1000),
    shift=st.floats(-3.0, 3.0),
    spread=st.floats(0.0, 1.0),
)
def test_a_sites_table_is_monotone_and_bounded_whatever_its_people(
    people: int, seed: int, shift: float, spread: float
) -> None:
    made = measure_site(NORMAL, site(people, seed, shift, spread), "site", "2026-11-28")
    table = made.calibration
    assert table == Calibration.model_validate(table.model_dump())
    assert table.extractor == NORMAL.extractor
    assert made.raised >= 1.0
    for score in STRANGERS.tolist():  # nobody's rate falls below a fifth of what the worst group has by the program's
        assert table.meaning(score).fmr >= NORMAL.meaning(score).fmr / GROUP_ALLOWANCE * (1 - 1e-9)
        assert table.meaning(score).log_likelihood_ratio <= NORMAL.meaning(score).log_likelihood_ratio + 1e-9
    best = np.sort(best_of_each_person(made.pairs))
    beyond = [score for score in STRANGERS.tolist() if score > best[-FEWEST_PEOPLE]]
    least = 1.0 if made.carried_fmr is None else made.carried_fmr
    for score in beyond:  # the program's table speaks, or what people carry
        assert table.meaning(score).fmr >= min(least, NORMAL.meaning(score).fmr) * (1 - 1e-9)
    assert bounded_by_shipped(table, NORMAL).fmr == table.fmr


def test_people_who_are_confused_more_often_make_every_threshold_stricter() -> None:
    usual, alike = (measure_site(NORMAL, site(60, 1, shift), "site", "day") for shift in (0.0, 1.0))
    assert usual.raised == 1.0
    assert alike.raised > 1.5
    for rate in (1e-2, 1e-4, 1e-6):
        assert alike.calibration.threshold(rate) > NORMAL.threshold(rate)
        assert usual.calibration.threshold(rate) >= NORMAL.threshold(rate) - 0.5


@pytest.mark.parametrize("shift", [-1.0, -3.0, -50.0])
def test_people_enrolled_to_loosen_the_threshold_loosen_it_by_a_fifth_at_most(shift: float) -> None:
    made = measure_site(NORMAL, site(300, 2, shift), "site", "day").calibration
    for rate in (1e-2, 1e-3, 1e-4):
        assert NORMAL.meaning(made.threshold(rate)).fmr <= GROUP_ALLOWANCE * rate * (1 + 1e-9)
    assert NORMAL.threshold(1e-6) <= made.threshold(1e-6)  # where 30 people are not confused nothing is loosened


def test_a_finger_table_reaches_further_where_enough_people_carry_it_and_never_beyond_a_fifth() -> None:
    random = np.random.default_rng(0)
    first, second = np.triu_indices(600, 1)
    scores = random.exponential(0.06, len(first))
    pairs = SitePairs.of(first, second, scores, np.full(600, 1e9))
    made = measure_site(FINGER, pairs, "site", "day").calibration
    assert FINGER.limit_fmr / GROUP_ALLOWANCE <= made.limit_fmr < FINGER.limit_fmr


def test_fewer_people_than_the_rule_of_30_takes_carry_nothing() -> None:
    with pytest.raises(ModelError) as fault:
        measure_site(NORMAL, site(FEWEST_PEOPLE - 1), "site", "day")
    assert fault.value.code is Code.MODEL_TOO_FEW_PEOPLE
    assert fault.value.facts == {"people": FEWEST_PEOPLE - 1, "needed": FEWEST_PEOPLE}
    assert people_needed(1e-3) == 246
    assert people_needed(0.5) == FEWEST_PEOPLE


def test_nobody_confused_bounds_the_rate_by_pairs_that_share_nobody() -> None:
    pairs = site(40)
    none, measured = match_rates(pairs, [99.0, 1.0])
    assert (none.matches, none.people_in_matches, none.low, none.high) == (0, 0, 0.0, 3 / 20)
    assert not none.is_measured
    assert measured.is_measured
    assert measured.low <= measured.matches / measured.pairs <= measured.high


@pytest.mark.parametrize(("people", "spread"), [(40, 0.0), (40, 0.6), (120, 0.6)])
def test_the_bound_where_thirty_people_are_confused_holds_in_at_least_95_of_100_sites(
    people: int, spread: float
) -> None:
    held = 0
    for seed in range(50):
        pairs = site(people, seed, spread=spread)
        edge = np.sort(best_of_each_person(pairs))[-FEWEST_PEOPLE]
        held += bootstrap_bounds(pairs, np.array([edge]))[1][0] >= norm.sf(edge / np.sqrt(1.0 + spread**2))
    assert held >= 47


def test_one_sample_under_two_numbers_is_counted_apart() -> None:
    first, second = np.triu_indices(40, 1)
    scores = np.zeros(len(first))
    scores[3] = 9.5
    pairs = SitePairs.of(first, second, scores, np.full(40, 10.0))
    assert pairs.left_out == 1
    assert len(pairs.score) == len(first) - 1


def test_what_is_stored_reads_back_and_counts_for_its_extractor_alone() -> None:
    made = measure_site(NORMAL, site(60, 1, 1.0), "site", "day").calibration
    stored = read_site_calibration(kept(made).content())
    assert stored == kept(made)
    shipped = CalibrationSet({Modality.FACE: NORMAL})
    used = substitute_site_calibrations(shipped, (stored,))
    assert used[Modality.FACE] == stored.calibration
    assert continuity_calibration(used, Modality.FACE) is NORMAL  # a capture is held together as before
    other = stored.calibration.model_copy(update={"extractor": "another/1/"})
    assert substitute_site_calibrations(shipped, (kept(other),))[Modality.FACE] is NORMAL
    earlier = CalibrationSet({Modality.FACE: other}, (NORMAL,))
    used = substitute_site_calibrations(earlier, (stored,))
    assert calibration_for(used, Modality.FACE, NORMAL.extractor) == stored.calibration


def test_a_stored_table_that_says_too_little_is_raised_whoever_stored_it() -> None:
    lax = NORMAL.model_copy(update={"fmr": tuple(rate**2 for rate in NORMAL.fmr), "limit_fmr": NORMAL.limit_fmr**2})
    used = substitute_site_calibrations(CalibrationSet({Modality.FACE: NORMAL}), (kept(lax),))[Modality.FACE]
    for score in STRANGERS.tolist():
        assert used.meaning(score).fmr >= NORMAL.meaning(score).fmr / GROUP_ALLOWANCE * (1 - 1e-9)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"format":2}'])
def test_what_another_program_wrote_is_refused_with_its_reason(content: bytes) -> None:
    with pytest.raises(ModelError) as fault:
        read_site_calibration(content)
    assert fault.value.code is Code.MODEL_UNCALIBRATED
