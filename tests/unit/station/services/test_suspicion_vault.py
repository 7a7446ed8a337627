"""The same machine on a real vault; and a process that is killed for real right after a suspicion."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, create_vault, unlock_vault
from tests.conftest import ROOT
from tests.doubles import FixedClock
from tests.suspicion_acts import ACTS
from tests.suspicion_machine import NEW_NUMBER, DeskMachine
from tests.unit.vault.conftest import PASSPHRASE, enrolment

OLGA = SecondFounder("olga", Role.OPERATOR, "olga's own long passphrase")
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.unit.station.services.test_suspicion_vault import JOURNEYS, OnDisk
desk = OnDisk(Path(sys.argv[1]))
JOURNEYS[sys.argv[2]](desk)
os.kill(os.getpid(), signal.SIGKILL)
"""


class OnDisk(DeskMachine):
    """The machine on a vault in a folder. A kill drops it without a word."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: Vault | None = None
        super().__init__(self._unlocked)

    def _unlocked(self, clock: FixedClock) -> Any:
        if self._open is not None:
            self._open._state.database.close()
            self._open._state.folder_lock.release()
        self._open = unlock_vault(self._folder, operator_name="sup", passphrase=PASSPHRASE, clock=clock)
        return self._open

    def second(self) -> Any:
        """As after a passphrase."""
        return self.vault.operators.confirm_second(OLGA.name, OLGA.passphrase)

    def all_noted(self) -> list[Any]:
        """As the vault tells them."""
        return list(self.vault.suspicions.recent())

    def audited(self) -> int:
        """As the vault tells them."""
        return sum(entry.event == "suspicion.noted" for entry in self.vault.audit.entries())

    def drafts(self) -> list[str]:
        """Attempts that drafts are of, as a draft says it when it is resumed."""
        return [self.enrolment.resume(draft.draft_id).attempt_id for draft in self.vault.drafts.all()]

    def fill_disk(self, *, full: bool) -> None:
        """Full disks are tested with the vault."""

    def close(self) -> None:
        """Lets the folder go."""
        if self._open is not None:
            self._open.lock()


def prepared(folder: Path) -> None:
    """A vault with two people."""
    made = create_vault(
        folder,
        operator_name="sup",
        passphrase=PASSPHRASE,
        demo=False,
        clock=FixedClock(),
        cost=FLOOR,
        second=OLGA,
    )
    made.save_all([enrolment("1"), enrolment("2")])
    made.lock()


@given(st.binary(min_size=8, max_size=24))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_on_a_real_vault_no_order_of_events_loses_a_suspicion(order: bytes) -> None:
    with tempfile.TemporaryDirectory() as home:
        prepared(Path(home) / "vault")
        desk = OnDisk(Path(home) / "vault")
        for number in order:
            desk.do(ACTS[number % len(ACTS)])
        desk.reach_fresh_attempts()
        assert desk.vault.audit.check().finding is None
        desk.close()


def _show(begin: Callable[[DeskMachine], None], script: int) -> Callable[[DeskMachine], None]:
    def show(desk: DeskMachine) -> None:
        begin(desk)
        ACTS[script](desk)

    return show


def _kept_first(desk: DeskMachine) -> None:
    """An enrolment whose draft is on disk when the print is shown."""
    desk.enrol()
    ACTS[0](desk)
    desk.keep()
    assert desk.session is not None
    desk.enrolment.save_draft(desk.session)  # type: ignore[arg-type] # an enrolment
    ACTS[4](desk)


PRINT_SHOWN = 4
JOURNEYS: dict[str, Callable[[DeskMachine], None]] = {
    "verification": _show(lambda desk: desk.verify("1"), PRINT_SHOWN),
    "enrolment": _show(DeskMachine.enrol, PRINT_SHOWN),
    "enrolment with a draft": _kept_first,
    "re-enrolment": _show(DeskMachine.enrol_anew, PRINT_SHOWN),
    "identification": _show(DeskMachine.search, PRINT_SHOWN),
    "a broken stretch": _show(lambda desk: desk.verify("1"), 10),
    "an error of the device": _show(lambda desk: desk.verify("1"), 9),
}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is a POSIX matter")
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_kill_right_after_a_suspicion_loses_nothing(journey: str, tmp_path: Path) -> None:
    prepared(tmp_path / "vault")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "vault"), journey],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    desk = OnDisk(tmp_path / "vault")
    (noted,) = desk.all_noted()
    assert desk.audited() == 1
    assert desk.vault.drafts.all() == ()
    if noted.subject_id:
        assert desk.vault.attempts(noted.subject_id).failed_in_a_row == 1
    if "enrolment" in journey and journey != "re-enrolment":
        assert desk.enrolment.attempts("", NEW_NUMBER).suspicions == 1
    desk.close()
