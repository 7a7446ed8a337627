"""A number whose person was erased is free for the next person; and a machine whose counter stands still enrols."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.station import assemble
from tests.command_line import finger, new_vault


def test_after_an_erasure_the_number_is_free_and_the_erased_person_is_not_the_new_one(tmp_path: Path) -> None:
    desk = new_vault(tmp_path / "vault", demo=True)
    enrol = ("enrol", "--number", "77", "--consent", "accepted", "--json")
    assert desk.mlid(*enrol, "--name", "Ann", *finger(7)).code == 0
    assert desk.mlid(*enrol, "--name", "Ben", *finger(9)).code == 2
    assert desk.mlid("records", "erase", "77", *desk.with_second, "--json").code == 0
    assert desk.mlid("records", "show", "77").code == 2
    assert desk.mlid(*enrol, "--name", "Ben", *finger(9)).code == 0
    assert desk.mlid("verify", "--number", "۷۷", *finger(9, 2), "--json").code == 0
    assert desk.mlid("verify", "--number", "77", *finger(7, 2), "--json").code == 1


def test_a_counter_that_stands_still_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = new_vault(tmp_path / "vault", demo=True)
    monkeypatch.setattr(assemble.SystemClock, "monotonic", lambda _self: 1234.5)
    assert desk.mlid("enrol", "--number", "1", "--name", "Ann", "--consent", "accepted", *finger(7)).code == 0
    assert desk.mlid("verify", "--number", "1", *finger(7, 2), "--json").code == 0
    assert desk.mlid("verify", "--number", "1", *finger(9, 2), "--json").code == 1
