"""A machine whose clock stands before the vault: it is said, operators enrol nobody, and dates go on from the vault's
latest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.station import assemble
from tests.command_line import SECOND, AtVault, Ran, finger, mlid, new_vault


@pytest.mark.parametrize("wrong", [datetime(1970, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=3650)])
def test_a_wrong_clock_is_said_and_only_a_supervisor_enrols(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: datetime
) -> None:
    desk = new_vault(tmp_path / "vault", demo=True)
    monkeypatch.setattr(assemble.SystemClock, "now", lambda _self: wrong)
    asked = ("enrol", "--number", "1", "--name", "Ann", "--consent", "accepted", *finger(7), "--json")
    operator = mlid(*asked, "--vault", desk.folder, "--passphrase-file", tmp_path / "olga.pass", "--operator", "olga")
    assert (operator.code, Code.VAULT_CLOCK_SET_BACK.value in operator.err) == (4, True)
    supervisor = desk.mlid(*asked)
    assert (supervisor.code, Code.VAULT_CLOCK_SET_BACK.value in supervisor.err) == (0, True)
    checked = desk.mlid("verify", "--number", "1", *finger(7, 2), "--json")
    assert (checked.code, Code.VAULT_CLOCK_SET_BACK.value in checked.err) == (0, True)
    monkeypatch.undo()
    if wrong < datetime.now(UTC):
        assert desk.mlid("records", "due", "--json").json == {"due": []}
    assert Code.VAULT_CLOCK_SET_BACK.value not in desk.mlid("records", "list").err or wrong > datetime.now(UTC)


WRONG = [datetime(1970, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=3650)]


@pytest.mark.parametrize("wrong", WRONG)
def test_nobody_is_due_and_nothing_is_dated_by_a_wrong_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: datetime
) -> None:
    desk = new_vault(tmp_path / "vault", demo=True)
    desk.enrol("1", "Ann", finger(7))
    monkeypatch.setattr(assemble.SystemClock, "now", lambda _self: wrong)
    assert desk.mlid("records", "due", "--json").json == {"due": []}
    desk.enrol("2", "Ben", finger(8))
    monkeypatch.undo()
    for number in ("1", "2"):
        shown = desk.mlid("records", "show", number, "--json").json
        given = datetime.fromisoformat(shown["consent"]["given_at"])
        assert abs(given - datetime.now(UTC)) < timedelta(hours=1)
    assert Code.VAULT_CLOCK_SET_BACK.value not in desk.mlid("records", "list").err


def test_a_clock_that_is_set_back_years_ends_no_delay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = new_vault(tmp_path / "vault", demo=True)
    desk.enrol("1", "Ann", finger(7))
    monkeypatch.setattr(assemble.SystemClock, "now", lambda _self: WRONG[0])
    stranger = ("verify", "--number", "1", *finger(9), "--json")
    codes = [desk.mlid(*stranger) for _ in range(12)]
    assert (codes[-1].code, codes[-1].json["reasons"]) == (3, ["delayed"])


def test_a_supervisor_says_that_the_clock_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = new_vault(tmp_path / "vault", demo=True)
    ahead = datetime.now(UTC) + timedelta(days=400)
    monkeypatch.setattr(assemble.SystemClock, "now", lambda _self: ahead)
    desk.enrol("1", "Ann", finger(7))
    monkeypatch.undo()

    def told(asker: AtVault, *right: str) -> Ran:
        return mlid(
            "vault", "clock", asker.folder, *right, "--json", "--passphrase-file", asker.passphrase_file,
            "--operator", asker.operator,
        )  # fmt: skip

    assert told(desk).json["clock_is_wrong"]
    assert told(desk.by(SECOND), "--right").code == 4
    assert not told(desk, "--right").json["clock_is_wrong"]
    after = told(desk)
    assert (after.json["clock_is_wrong"], Code.VAULT_CLOCK_SET_BACK.value in after.err) == (False, False)
    assert "clock.trusted" in desk.mlid("audit", "show", "--json").out
