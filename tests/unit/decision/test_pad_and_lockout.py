"""Windows of frames, attempts and delays, and what a 1:N score means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.decision.identification import expected_false_hits, false_positive_rate, rank_candidates
from mlid_desktop.decision.lockout import attempt_state
from mlid_desktop.decision.pad import judge_window
from mlid_desktop.decision.policy import AttackRules
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import AttackVerdict, Tier
from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.provenance import SourceKind
from tests.makers import ENROLLED, calibration, policy

RULES = AttackRules(window=4, threshold=0.2, frame_floor=0.05)
ATTEMPTS = policy().attempts


def test_a_whole_window_above_the_threshold_is_bona_fide() -> None:
    assert judge_window([0.1, 0.5, 0.5, 0.5], RULES, SourceKind.LIVE).verdict is AttackVerdict.BONA_FIDE


@given(st.lists(st.floats(0, 0.199), min_size=1, max_size=8), st.sampled_from(SourceKind))
def test_a_window_below_the_threshold_is_suspected_from_any_source(values: list[float], kind: SourceKind) -> None:
    finding = judge_window(values, RULES, kind)
    assert finding.verdict is AttackVerdict.SUSPECTED
    assert finding.decides is (kind is not SourceKind.SIMULATED)


@pytest.mark.parametrize("kind", SourceKind)
@pytest.mark.parametrize("values", [[], [0.9], [0.9, 0.9, 0.9, None], [None] * 4])
def test_a_window_that_is_not_whole_is_never_bona_fide(values: list[float | None], kind: SourceKind) -> None:
    assert judge_window(values, RULES, kind).verdict is AttackVerdict.INCOMPLETE


@given(st.lists(st.floats(0.9, 1), min_size=3, max_size=20), st.floats(0, 0.0499), st.data())
def test_no_number_of_others_makes_up_for_one_attack_like_frame(
    others: list[float], attack: float, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(others)))
    window = [*others[:index], attack, *others[index:]]
    assert judge_window(window, RULES, SourceKind.LIVE).verdict is AttackVerdict.SUSPECTED


def test_failures_cost_nothing_at_first_then_time_then_the_lock() -> None:
    assert attempt_state(0, None, ENROLLED, ATTEMPTS).left == ATTEMPTS.free
    waiting = attempt_state(ATTEMPTS.free, ENROLLED, ENROLLED + timedelta(seconds=10), ATTEMPTS)
    assert (waiting.left, waiting.retry_after) == (0, ATTEMPTS.delay_s - 10)
    assert attempt_state(ATTEMPTS.lock_out, ENROLLED, ENROLLED, ATTEMPTS).locked_out
    over = attempt_state(ATTEMPTS.free, ENROLLED, ENROLLED + timedelta(seconds=ATTEMPTS.delay_s), ATTEMPTS)
    assert over.retry_after == 0


@given(st.integers(-10_000, 0))
def test_a_clock_set_back_never_shortens_a_delay(seconds: int) -> None:
    now = ENROLLED + timedelta(seconds=seconds)
    assert attempt_state(ATTEMPTS.free, ENROLLED, now, ATTEMPTS).retry_after == ATTEMPTS.delay_s
    later = ENROLLED + timedelta(days=1)
    assert attempt_state(ATTEMPTS.free, ENROLLED, later, ATTEMPTS, clock_set_back=True).retry_after == ATTEMPTS.delay_s


def hit(subject: str, score: float, reference: str = "r") -> SearchHit:
    return SearchHit(reference, subject, score)


def test_candidates_are_one_row_a_person_best_first_and_at_most_ten() -> None:
    hits = [hit(f"s{number % 15}", 0.5 + number / 1000) for number in range(40)]
    rows = rank_candidates(hits, FACE, 100, calibration(), policy().identification)
    assert len(rows) == 10
    assert len({row.subject_id for row in rows}) == 10
    assert [row.score for row in rows] == [0.539 - number / 1000 for number in range(10)]


def test_the_same_score_stands_out_in_a_small_gallery_and_not_in_a_large_one() -> None:
    rules = policy().identification
    assert rank_candidates([hit("s", 0.5)], FACE, 10, calibration(), rules)[0].tier is Tier.STRONG
    assert rank_candidates([hit("s", 0.5)], FACE, 100_000, calibration(), rules)[0].tier is Tier.POSSIBLE


def test_scores_like_any_stranger_are_not_shown() -> None:
    assert rank_candidates([hit("s", 0.1)], FACE, 10, calibration(), policy().identification) == ()


@given(st.floats(0, 1), st.integers(0, 1_000_000))
def test_false_positive_rate_is_a_rate_and_grows_with_the_gallery(fmr: float, size: int) -> None:
    rate = false_positive_rate(fmr, size)
    assert 0 <= rate <= 1
    assert rate <= false_positive_rate(fmr, size + 1) + 1e-12


def test_expected_false_hits_are_stated_for_this_gallery() -> None:
    assert expected_false_hits(1000, policy().identification, calibration()) == pytest.approx(0.02, rel=0.3)
