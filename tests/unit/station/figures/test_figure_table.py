"""The table of figures: its rows say in every form the same, and no period tells what another one hides."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.quality import Measure
from mlid_desktop.gui.figures.presenter import FALLEN, figures_screen
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.documents.figure_sheet import COLUMNS, HEADS, figure_lines, figures_csv
from mlid_desktop.station.figures.figure_table import FigureSection, FigureTable, figure_table, span_to_read
from mlid_desktop.station.figures.period import Period, PeriodKind
from mlid_desktop.station.text.language import open_language
from mlid_desktop.vault.figures.day_figures import SCORE_STEP, DayFigures, score_class, time_class
from tests.makers import calibration

MONDAY = date(2026, 11, 2)
NOW = datetime(2026, 12, 8, 12, 30).astimezone()
ENGLISH = open_language(Path(), "en")
ACTS = st.sampled_from(
    ["enrolment.saved", "verification.decided/accepted/same_person", "verification.decided/rejected/different_person"]
)
DAYS = st.builds(
    lambda back, acts: DayFigures(MONDAY + timedelta(days=back), acts),
    st.integers(0, 40),
    st.dictionaries(ACTS, st.dictionaries(st.integers(0, 23), st.integers(1, 12), min_size=1, max_size=9), max_size=3),
)
MONTH_OF_DAYS = st.lists(DAYS, max_size=12, unique_by=lambda day: day.day)


def made(days: list[DayFigures], kind: PeriodKind, day: date = MONDAY) -> FigureTable:
    period = Period.around(kind, day)
    first, last = span_to_read(period)
    return figure_table([each for each in days if first <= each.day <= last], period, NOW, {"aa": "Front camera"}, {})


@given(MONTH_OF_DAYS, st.sampled_from(PeriodKind))
def test_screen_reader_and_file_have_the_rows_of_the_screen(days: list[DayFigures], kind: PeriodKind) -> None:
    table = made(days, kind)
    lines, written = figure_lines(table, ENGLISH), list(csv.reader(io.StringIO(figures_csv(table).decode())))
    screen = figures_screen(table, ENGLISH)
    assert written[0] == list(COLUMNS)
    assert len(lines) == len(table.rows) == len(written) - 1
    assert screen.lines == tuple(lines)
    assert all(len(line) == len(HEADS) for line in lines)
    painted = sum(slot.number or 0 for strip in screen.strips for slot in strip.slots)
    assert painted == sum(row.number or 0 for row in table.rows)
    assert [row[5] for row in written[1:]] == ["" if row.number is None else str(row.number) for row in table.rows]


@given(MONTH_OF_DAYS)
def test_longer_periods_say_what_shorter_ones_add_up_to(days: list[DayFigures]) -> None:
    """Nothing is left over when one is subtracted from the other, but the rest that a month tells by itself."""
    by_day: dict[tuple[str, str], int] = {}
    for number in range(61):
        for row in made(days, PeriodKind.DAY, MONDAY.replace(day=1) + timedelta(days=number)).rows:
            by_day[row.what, row.kind] = by_day.get((row.what, row.kind), 0) + (row.number or 0)
    rests: dict[tuple[str, str], int] = {}
    by_month: dict[tuple[str, str], int] = {}
    for month in (date(2026, 11, 1), date(2026, 12, 1)):
        for row in made(days, PeriodKind.MONTH, month).rows:
            which = rests if row.when.endswith("/rest") else by_month
            which[row.what, row.kind] = which.get((row.what, row.kind), 0) + (row.number or 0)
    whole: dict[tuple[str, str], int] = {}
    for row in made(days, PeriodKind.ALL, date(2026, 12, 1)).rows:
        whole[row.what, row.kind] = whole.get((row.what, row.kind), 0) + (row.number or 0)
    assert by_month == by_day
    assert whole == {key: count + rests.get(key, 0) for key, count in by_month.items()}


def test_a_week_begins_on_monday_and_a_month_ends_where_it_ends() -> None:
    assert Period.around(PeriodKind.WEEK, date(2026, 11, 8)).first == MONDAY
    assert Period.around(PeriodKind.WEEK, MONDAY).after.first == date(2026, 11, 9)
    february = Period.around(PeriodKind.MONTH, date(2028, 2, 29))
    assert (february.last, february.before.last) == (date(2028, 2, 29), date(2028, 1, 31))
    assert Period.around(PeriodKind.DAY, MONDAY).before.last == date(2026, 11, 1)


def test_quality_and_times_are_told_in_tens_and_unknown_devices_together() -> None:
    days = [
        DayFigures(
            MONDAY,
            quality={
                "face/aa/unified": {16: 17},
                "face/bb/sharpness": {10: 4},
                "face/cc/sharpness": {12: 7},
                "face/aa/yaw": {20: 9},
            },
            times={"face/aa/capture": {time_class(2100): 12}, "face/aa/mesh": {3: 99}},
        )
    ]
    rows = {(row.section, row.device, row.what): row for row in made(days, PeriodKind.WEEK).rows}
    whole = rows[FigureSection.QUALITY, "Front camera", "unified"]
    assert (whole.number, whole.low, whole.middle, whole.high) == (10, 80, 80, 80)
    together = rows[FigureSection.QUALITY, "", "sharpness"]
    assert (together.number, together.low, together.high) == (10, 50, 60)
    few = rows[FigureSection.QUALITY, "Front camera", "yaw"]
    assert (few.number, few.middle, few.more) == (None, None, True)
    assert rows[FigureSection.TIMES, "Front camera", "capture"].middle == 2000
    assert not any(what == "mesh" for _, _, what in rows)
    shown = figure_lines(made(days, PeriodKind.WEEK), ENGLISH)
    assert (
        "Face · Front camera · Quality in all",
        "2026-11-02 – 2026-11-08",
        "10 or a few more",
        "80",
        "80",
        "80",
    ) in shown
    assert any("too few to show" in line for line in shown)


def test_scores_are_compared_with_the_months_before() -> None:
    table = calibration(Modality.FACE)
    series = f"face/{table.extractor}"
    good, poor = (score_class(score) for score in (table.score[-1], table.threshold(0.01)))
    days = [
        DayFigures(MONDAY - timedelta(days=20), scores={series: {good: 40}}),
        DayFigures(MONDAY, scores={series: {poor: 40}}),
    ]
    period = Period.around(PeriodKind.WEEK, MONDAY)
    found = figure_table(days, period, NOW, {}, {Modality.FACE: table})
    now, before = (row.middle for row in found.of(FigureSection.SCORES))
    assert now == table.meaning(poor * SCORE_STEP).one_in
    assert before is not None
    assert before > FALLEN * now
    screen = figures_screen(found, ENGLISH)
    assert screen.tone is Tone.INCONCLUSIVE
    assert "look at light" in screen.drift


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_act_and_component_has_words(language: str) -> None:
    from mlid_desktop.domain.decisions import ReleaseReason, Verdict
    from mlid_desktop.domain.reasons import Reason
    from mlid_desktop.domain.subjects import DeclineReason, ErasureReason
    from mlid_desktop.station.configuration.resources import resource_folder

    names = [
        "enrolment.saved",
        "consent.withdrawn",
        "search.delayed",
        *(f"verification.decided/{verdict.value}/{reason.value}" for verdict in Verdict for reason in Reason),
        *(f"enrolment.refused/{reason.value}" for reason in Reason),
        *(f"consent.declined/{reason.value}" for reason in DeclineReason),
        *(f"attempts.released/{reason.value}" for reason in ReleaseReason),
        *(f"subject.erased/{reason.value}" for reason in ErasureReason),
        *(f"identification.closed/{outcome}" for outcome in ("", "same", "different", "escalated")),
        *(f"verification.otherwise/{outcome}" for outcome in ("accepted", "rejected")),
    ]
    quality = {f"{modality.value}/aa/{measure.value}": {3: 10} for modality in Modality for measure in Measure}
    days = [DayFigures(MONDAY, {name: {9: 9} for name in names}, quality)]
    spoken = open_language(resource_folder() / "translations", language)
    lines = figure_lines(made(days, PeriodKind.DAY), spoken)
    assert len(lines) == len(names) + len(quality)
    assert not [line for line in lines if "_" in line[0] or "." in line[0].rstrip(".")[:-1].split(":")[0]]
