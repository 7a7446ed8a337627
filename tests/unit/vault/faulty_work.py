"""Work on a vault while the disk fails at one call after the other; run as a program with the shim preloaded.

``python -m tests.unit.vault.faulty_work HOME ERRNO FIRST STEP LAST ONCE``: for each place the vault is copied anew, the
work is done in a child, and what it reported is held against what is there afterwards, without faults.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import KEYS_FILE
from mlid_desktop.vault.restore import restore_backup, verify_backup
from mlid_desktop.vault.subjects.drafts import DraftKind
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened, witness
from tests.unit.vault.killed_work import NAME, OWNER, SECOND, Desk, check, prepared

DONE, FAULT, BUG = 0, 1, 2


def act(desk: Desk, say: list[tuple[str, str]]) -> None:
    """One of everything that writes."""
    vault = reopened(desk.vault, FixedClock(), "sup")
    try:
        vault.save(enrolment("new", NAME))
        say.append(("enrol", "new"))
        vault.drafts.save(DraftKind.ENROLMENT, "ab" * 16, NAME.encode())
        vault.backups.create(FolderTarget(desk.home / "backup-new"))
        say.append(("back up", "backup-new"))
        gone = vault.find("first-1")
        if gone is not None:
            say.append(("erasing", "first-1"))
            vault.subject_rights.erase(gone.subject_id, witness(vault))
            say.append(("erase", "first-1"))
        vault.rotation.rotate()
        restore_backup(FolderTarget(desk.backup), desk.home / "restored-new", OWNER, FixedClock(), second=SECOND)
        say.append(("restore", "restored-new"))
    finally:
        vault.lock()


def child(desk: Desk, writing: int) -> int:
    """Does the work; says on the pipe what was reported, and how it ended."""
    said: list[tuple[str, str]] = []
    ended = DONE
    try:
        act(desk, said)
    except MlidError as fault:
        ended = FAULT
        said.append(("fault", fault.code.value))
    except BaseException as bug:  # noqa: BLE001 - told to the parent, which ends the run with it
        ended = BUG
        said.append(("bug", repr(bug)))
    with os.fdopen(writing, "w") as pipe:
        pipe.writelines(f"{what}\t{value}\n" for what, value in said)
    return ended


def tried(pristine: Path, home: Path, at: int) -> tuple[int, str]:
    """How the work ended with the ``at``-th call failing (0: none); AssertionError where anything was lost."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(pristine, home)
    reading, writing = os.pipe()
    if (number := os.fork()) == 0:
        os.close(reading)
        os.environ["MLID_FAULT_AT"] = str(at)
        os._exit(child(Desk(home), writing))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = [tuple(line.rstrip("\n").split("\t")) for line in pipe]
    ended = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    assert ended in {DONE, FAULT}, (at, ended, said)
    desk = Desk(home, reported={("enrol", f"first-{number}") for number in range(3)})
    desk.reported |= {(what, value) for what, value in said if what in {"enrol", "erase"}}
    desk.begun |= {("erase", value) for what, value in said if what == "erasing"}
    for what, value in said:
        if what == "back up":
            assert (home / value / KEYS_FILE).exists()
            verify_backup(FolderTarget(home / value), OWNER)
    check(desk)
    return ended, next((value for what, value in said if what == "fault"), "")


def main() -> None:
    """Prints a line with how many calls failed, how many runs came through, and the codes of the faults."""
    home, number, first, step, last, once = Path(sys.argv[1]), *sys.argv[2:]
    os.environ |= {"MLID_FAULT_AT": "0"}
    pristine, scratch = home / "pristine", home / "vaults"
    shutil.rmtree(pristine, ignore_errors=True)
    shutil.copytree(prepared(scratch, 3).home, pristine)  # made in its place: the vault knows where its backup is
    os.environ |= {"MLID_FAULT_ERRNO": number, "MLID_FAULT_ONCE": once, "MLID_FAULT_FOLDER": str(scratch)}
    codes: dict[str, int] = {}
    faults = through = 0
    for at in range(int(first), int(last), int(step)):
        ended, code = tried(pristine, scratch, at)
        faults, through = faults + (ended == FAULT), through + (ended == DONE)
        codes[code] = codes.get(code, 0) + 1
        if ended == DONE and once == "0":
            break
    told = " ".join(f"{code or 'none'}:{count}" for code, count in sorted(codes.items()))
    sys.stdout.write(f"{faults} {through} {told}\n")


if __name__ == "__main__":
    main()
