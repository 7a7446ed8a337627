"""Figures by day: counted in the change that they are of, kept for 24 months, and nobody in them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.audit.log import Note
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.figures.day_figures import (
    SCORE_STEP,
    TIME_CLASSES,
    CaptureFigures,
    DayFigures,
    add_counts,
    encode_counts,
    quality_class,
    read_counts,
    score_class,
    time_class,
)
from mlid_desktop.vault.figures.figure_store import first_kept
from mlid_desktop.vault.lifecycle import Vault
from tests.doubles import DESK_OPENS, FixedClock
from tests.makers import CAMERA, ROOT
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened

HERE = DESK_OPENS.astimezone()
LONG_AGO, FAR = date(2000, 1, 1), date(2099, 1, 1)
COUNTS = st.dictionaries(
    st.text(max_size=8), st.dictionaries(st.integers(-99, 99), st.integers(1, 99), min_size=1, max_size=4)
)
QUALITY = {"unified": 83, "yaw": 100, "pitch": -1}
SEEN = CaptureFigures(Modality.FACE, CAMERA, QUALITY, {"detect": 12.0, "capture": 2100.0}, "embedder/1", 0.7)
CHANGED = """UPDATE day_figures SET content = '{"face/embedder/1":{"35":9}}' WHERE kind = 'scores'"""
NO_COUNTS = [b"", b"[]", b"{", b'{"a":1}', b'{"a":{"x":1}}', b'{"a":{"1":0}}', b'{"a":{"1":true}}']


def decided(verdict: str = "accepted") -> Note:
    return Note("verification.decided", {"subject": "", "verdict": verdict, "reason": "score_enough"})


def only(vault: Vault) -> DayFigures:
    (day,) = vault.figures.days(LONG_AGO, FAR)
    return day


def test_an_attempt_is_counted_in_the_change_that_records_it(vault: Vault, folder: Path, clock: FixedClock) -> None:
    (person,) = vault.save_all([enrolment("1")])
    before = vault._state.commits.head.generation
    vault.record_outcome(person.subject_id, accepted=True, note=decided(), measured=[SEEN])
    assert vault._state.commits.head.generation == before + 1
    mark, found = vault.figures.mark_of(CAMERA), only(vault)
    assert found.day == HERE.date()
    assert found.acts == {
        "enrolment.saved": {HERE.hour: 1},
        "verification.decided/accepted/score_enough": {HERE.hour: 1},
    }
    assert found.quality == {f"face/{mark}/unified": {16: 1}, f"face/{mark}/yaw": {20: 1}}
    assert found.times == {
        f"face/{mark}/detect": {time_class(12.0): 1},
        f"face/{mark}/capture": {time_class(2100.0): 1},
    }
    assert found.scores == {"face/embedder/1": {score_class(0.7): 1}}
    vault.verify()
    vault.lock()
    again = reopened(folder, clock)
    assert only(again) == found
    again.verify()
    again.lock()


def test_later_attempts_add_up_and_each_day_stands_by_itself(vault: Vault, clock: FixedClock) -> None:
    vault.withdraw_attempt(None, note=decided("rejected"), measured=[SEEN])
    vault.figures.add([SEEN, replace(SEEN, score=None)])
    vault.figures.add([])
    clock.advance(timedelta(days=1).total_seconds())
    vault.figures.add([SEEN])
    first, second = vault.figures.days(LONG_AGO, FAR)
    assert (first.scores["face/embedder/1"], second.scores["face/embedder/1"]) == (
        {score_class(0.7): 2},
        {score_class(0.7): 1},
    )
    assert vault.figures.days(second.day, second.day) == (second,)
    assert (first.acts["verification.decided/rejected/score_enough"], second.acts) == ({HERE.hour: 1}, {})


def test_nothing_tells_who_or_when(vault: Vault) -> None:
    (person,) = vault.save_all([enrolment("1001", "Amara Okoye")])
    vault.record_outcome(person.subject_id, accepted=True, note=decided(), measured=[SEEN])
    with vault._state.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT day, kind, content FROM day_figures").all()
    said = repr(rows)
    hidden = (person.subject_id, "Amara", "1001", "sup", CAMERA.name, CAMERA.key, DESK_OPENS.isoformat()[:16])
    assert not [secret for secret in hidden if secret and secret in said]


def test_figures_are_gone_after_24_months(vault: Vault, clock: FixedClock) -> None:
    vault.figures.add([SEEN])
    kept = only(vault).day
    clock.advance(timedelta(days=700).total_seconds())
    vault.figures.add([SEEN])
    assert next(iter(vault.figures.days(LONG_AGO, FAR))).day == kept
    clock.advance(timedelta(days=70).total_seconds())
    vault.figures.add([SEEN])
    days = [day.day for day in vault.figures.days(LONG_AGO, FAR)]
    assert len(days) == 2
    assert kept not in days
    assert first_kept(date(2026, 11, 28)) == date(2024, 11, 1)
    assert first_kept(date(2026, 1, 31)) == date(2024, 1, 1)


def test_supervisors_and_auditors_read_them(vault: Vault, folder: Path, clock: FixedClock) -> None:
    vault.figures.add([SEEN])
    vault.lock()
    auditor = reopened(folder, clock, *WITNESS)
    assert only(auditor).scores
    with pytest.raises(VaultError, match=Code.VAULT_NOT_PERMITTED.value):
        auditor.figures.add([SEEN])
    auditor.lock()


def test_a_count_that_was_changed_behind_the_vault_is_damage(vault: Vault) -> None:
    vault.figures.add([SEEN])
    with vault._state.database._engine.begin() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql(
            "UPDATE day_figures SET content = '{\"face/embedder/1\":{\"35\":9}}' WHERE kind = 'scores'"
        )
    for read in (lambda: vault.figures.days(LONG_AGO, FAR), vault.verify):
        with pytest.raises(VaultError, match="day_figures"):
            read()


def test_rotation_and_backup_carry_them(vault: Vault, tmp_path: Path) -> None:
    vault.figures.add([SEEN])
    before = only(vault)
    vault.rotation.rotate()
    assert only(vault) == before
    vault.backups.create(FolderTarget(tmp_path / "backup"))
    vault.verify()


@pytest.mark.parametrize("made_by", ["format_1", "format_2"])
def test_a_vault_of_before_has_its_acts_counted(made_by: str, folder: Path, clock: FixedClock) -> None:
    shutil.copytree(ROOT / "tests" / "vectors" / "vault" / made_by / "vault", folder)
    vault = reopened(folder, clock, "sup", PASSPHRASE)
    found: dict[str, int] = {}
    for day in vault.figures.days(LONG_AGO, FAR):
        for name, hours in day.acts.items():
            found[name] = found.get(name, 0) + sum(hours.values())
    events = [entry.event for entry in vault.audit.entries()]
    assert found["enrolment.saved"] == events.count("enrolment.saved") == 3
    assert found["subject.erased/requested"] == events.count("subject.erased") == 1
    vault.verify()
    vault.lock()


@given(COUNTS, COUNTS)
def test_counts_come_back_and_add_up(first: dict[str, dict[int, int]], second: dict[str, dict[int, int]]) -> None:
    assert read_counts(encode_counts(first)) == first
    both = add_counts(first, second)
    for series in {*first, *second}:
        total = sum(first.get(series, {}).values()) + sum(second.get(series, {}).values())
        assert sum(both[series].values()) == total


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"a":1}', b'{"a":{"x":1}}', b'{"a":{"1":0}}', b'{"a":{"1":true}}']
)
def test_what_is_no_count_is_damage(content: bytes) -> None:
    with pytest.raises(VaultError, match="day figures"):
        read_counts(content)


@given(st.floats(0, 1e7), st.floats(-10, 10), st.integers(0, 100))
def test_a_class_holds_what_falls_into_it(took: float, score: float, quality: int) -> None:
    index = time_class(took)
    assert index == 0 or TIME_CLASSES[index] <= took
    assert index == len(TIME_CLASSES) - 1 or took < TIME_CLASSES[index + 1]
    assert score_class(score) * SCORE_STEP <= score + 1e-9
    assert score < (score_class(score) + 1) * SCORE_STEP + 1e-9
    assert 0 <= quality_class(quality) <= 20


def test_refused_scores_stand_apart_and_people_are_counted_once_a_month(vault: Vault, clock: FixedClock) -> None:
    (person,) = vault.save_all([enrolment("1")])
    clock.advance(timedelta(days=40).total_seconds())
    vault.record_outcome(person.subject_id, accepted=False, measured=[replace(SEEN, refused=True)])
    assert vault.figures.days(LONG_AGO, FAR)[-1].refused_scores == {"face/embedder/1": {score_class(0.7): 1}}
    assert (vault.figures.days(LONG_AGO, FAR)[-1].scores, vault.figures.days(LONG_AGO, FAR)[-1].people) == ({}, {})
    for _ in range(2):
        vault.record_outcome(person.subject_id, accepted=True, measured=[SEEN])
    assert vault.figures.days(LONG_AGO, FAR)[-1].scores == {"face/embedder/1": {score_class(0.7): 2}}
    assert vault.figures.days(LONG_AGO, FAR)[-1].people == {"face/embedder/1": {0: 1}}
    vault.verify()
