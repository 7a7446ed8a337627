"""A machine whose clock stands before the vault: it is said, operators enrol nobody, and dates go on from the vault's
latest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.station import assemble
from tests.command_line import finger, mlid, new_vault


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
