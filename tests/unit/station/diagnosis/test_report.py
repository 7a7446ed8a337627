"""The desk is tested as a whole: what is missing is said with what helps, a failing test is a finding."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.station.assemble import Station, SystemClock
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import Settings
from mlid_desktop.station.diagnosis import checks
from mlid_desktop.station.diagnosis.findings import Finding, FindingState, Subject, gravest_state
from mlid_desktop.station.diagnosis.report import examine_desk, report_text


class Usage(NamedTuple):
    total: int
    used: int
    free: int


class WrongClock(SystemClock):
    def now(self) -> datetime:
        return datetime(1970, 1, 2, tzinfo=UTC)


def station(folder: Path, clock: SystemClock | None = None) -> Station:
    settings = Settings(models=folder / "models", state=folder / "state", vaults=folder / "vaults", language="en")
    return Station(settings, resource_folder(), clock or SystemClock())


def of(findings: tuple[Finding, ...], subject: Subject) -> list[Finding]:
    return [finding for finding in findings if finding.subject is subject]


def test_every_subject_is_tested_and_what_is_not_good_says_what_helps(tmp_path: Path) -> None:
    findings = examine_desk(station(tmp_path), {})
    assert {finding.subject for finding in findings} == set(Subject)
    lacking = {finding.said for finding in findings if finding.state is not FindingState.GOOD and not finding.remedy}
    assert lacking <= {"This program runs from its sources: there is nothing to compare with."}
    (models,) = of(findings, Subject.MODELS)
    assert (models.state, "Missing models" in models.said) == (FindingState.LIMIT, True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have one")
def test_a_desk_without_a_display_is_told_and_one_with_it_too(tmp_path: Path) -> None:
    desk = station(tmp_path)
    assert [finding.state for finding in checks.display_findings(desk, {})] == [FindingState.LIMIT]
    assert [finding.state for finding in checks.display_findings(desk, {"WAYLAND_DISPLAY": "wayland-0"})] == [
        FindingState.GOOD
    ]


def test_a_clock_of_1970_is_a_fault(tmp_path: Path) -> None:
    (clock,) = checks.clock_findings(station(tmp_path, WrongClock()))
    assert clock.state is FindingState.FAULT


@pytest.mark.parametrize(
    ("free", "state"),
    [(10 * 1024**2, FindingState.FAULT), (1024**3, FindingState.LIMIT), (10 * 1024**3, FindingState.GOOD)],
)
def test_a_full_disk_is_told_before_a_vault_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: FindingState
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))
    (disk,) = checks.disk_findings(station(tmp_path))
    assert disk.state is state


def test_a_folder_that_others_may_look_into_is_told(tmp_path: Path) -> None:
    desk = station(tmp_path)
    desk.settings.vaults.mkdir(mode=0o700)
    desk.settings.vaults.chmod(0o755)
    assert [finding.state for finding in checks.rights_findings(desk)] == [FindingState.GOOD, FindingState.LIMIT]


def test_a_folder_that_is_a_file_is_a_fault(tmp_path: Path) -> None:
    desk = station(tmp_path)
    desk.settings.vaults.write_bytes(b"")
    assert [finding.state for finding in checks.rights_findings(desk)] == [FindingState.GOOD, FindingState.FAULT]


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert [finding.state for finding in checks.rights_findings(station(tmp_path))] == [
        FindingState.GOOD,
        FindingState.GOOD,
    ]
    assert sorted(tmp_path.iterdir()) == before


def test_a_drive_that_is_not_there_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)
    (disk,) = checks.disk_findings(station(tmp_path / "away"))
    assert disk.state is FindingState.FAULT


def test_a_test_that_fails_is_a_finding_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Station) -> None:
        raise DeviceError(Code.DEVICE_DENIED)

    monkeypatch.setattr(Station, "devices", fails)
    findings = examine_desk(station(tmp_path), {})
    (devices,) = of(findings, Subject.DEVICES)
    assert devices.state is FindingState.FAULT
    assert devices.said.startswith(Code.DEVICE_DENIED.value)
    assert of(findings, Subject.UPDATES)


def test_the_report_names_neither_folder_nor_account(tmp_path: Path) -> None:
    desk = station(tmp_path)
    report = report_text(examine_desk(desk, {"DISPLAY": ":0"}), desk.language, "2026-11-28 12:00")
    assert str(tmp_path) not in report
    assert str(Path.home()) not in report
    assert "[limited]" in report


def test_the_gravest_state_is_that_of_the_desk() -> None:
    assert gravest_state(()) is FindingState.GOOD
    found = [Finding(Subject.DISK, state, "") for state in (FindingState.LIMIT, FindingState.FAULT, FindingState.GOOD)]
    assert gravest_state(found) is FindingState.FAULT
