"""What a desk's figures by day come to by month, and when a site's calibration no longer counts."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from mlid_desktop.decision.calibration_set import CalibrationSet
from mlid_desktop.decision.site_calibration.score_history import Moved
from mlid_desktop.decision.site_calibration.stored_calibration import SiteCalibration
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.services.site_calibrations import detect_drift, made_for_another_model, months_of_visits
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.figures.day_figures import DayFigures
from tests.doubles import DESK_OPENS
from tests.makers import EXTRACTOR, calibration

SERIES = f"face/{EXTRACTOR.key}"


def day(month: int, number: int, step: int, quality: int = 16) -> DayFigures:
    """Forty people whose scores fall into steps around one."""
    return DayFigures(
        date(2026, month, number),
        quality={"face/camera/unified": {quality: 20}, "face/other/unified": {quality: 20}, "face/camera/yaw": {1: 9}},
        scores={SERIES: {step - 1: 10, step: 20, step + 1: 10}},
        refused_scores={SERIES: {2: 1}},
        people={SERIES: {0: 40}},
    )


def session(days: list[DayFigures], stored: bytes = b"") -> VaultSession:
    """A session that has these figures and this calibration of the face."""
    vault = SimpleNamespace(
        figures=SimpleNamespace(days=lambda _first, _last: tuple(days)),
        settings=SimpleNamespace(read=lambda name: stored if name == "calibration/face" else None),
    )
    made: Any = SimpleNamespace(
        vault=vault,
        now=lambda: DESK_OPENS,
        moved_by=None,
        shipped_calibrations=CalibrationSet({Modality.FACE: calibration()}),
    )
    return cast(VaultSession, made)


def test_days_come_together_by_month() -> None:
    first, second = months_of_visits(session([day(1, 3, 30), day(1, 4, 30), day(2, 1, 30)]))
    assert (first.month, first.people, first.visits) == ("2026-01", 80, 80)
    assert first.quality == {16: 80}
    assert first.rejected == {2: 2}
    assert (second.month, second.extractor) == ("2026-02", EXTRACTOR.key)


def test_a_month_that_moved_is_found() -> None:
    steady = [day(month, 1, 30) for month in (1, 2, 3)]
    assert detect_drift(session(steady)) == ()
    (drift,) = detect_drift(session([*steady, day(4, 1, 12)]))
    assert (drift.moved, drift.month) == (Moved.SCORES_LOWER, "2026-04")
    (worse,) = detect_drift(session([*steady, day(4, 1, 30, quality=9)]))
    assert worse.moved is Moved.QUALITY_LOWER


def test_a_calibration_of_another_model_asks_to_be_made_again() -> None:
    def stored(extractor: str) -> bytes:
        made = calibration().model_copy(update={"extractor": extractor})
        return SiteCalibration(
            format=1,
            calibration=made,
            made_at="2026-01-01T00:00:00+00:00",
            pairs=1,
            left_out=0,
            carried_fmr=0.1,
            raised=1.0,
            made_by="sup",
            confirmed_by="witness",
        ).content()

    assert made_for_another_model(session([], stored(EXTRACTOR.key))) == ()
    assert made_for_another_model(session([], stored("another/1/"))) == (Modality.FACE,)
    assert made_for_another_model(session([], b"what a later program wrote")) == ()
