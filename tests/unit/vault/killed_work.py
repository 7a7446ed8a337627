"""Work on a vault in a process that is killed at some instant, and what must hold whenever it was."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Role, SubjectSummary
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import KEYS_FILE
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, read_key_file
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, create_vault
from mlid_desktop.vault.restore import Credential, restore_backup, verify_backup
from mlid_desktop.vault.subjects.drafts import DraftKind
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, enrolment, renewal_of, reopened

CLERK = ("clerk", "clerk's passphrase")
OWNER = Credential("sup", PASSPHRASE)
SECOND = Credential(*CLERK)
NAME = "Amara Okoye"
LEFT_BEHIND = (".new", ".old", ".next", "creating", ".next-journal")
ACTS = ("enrol", "draft", "rotate", "back up", "erase", "restore", "remove", "renew")
LONGEST_S = 60.0

Say = Callable[[str], None]


@dataclass
class Desk:
    """Where everything is, and what was reported so far."""

    home: Path
    reported: set[tuple[str, str]] = field(default_factory=set)
    begun: set[tuple[str, str]] = field(default_factory=set)

    @property
    def vault(self) -> Path:
        return self.home / "vault"

    @property
    def backup(self) -> Path:
        return self.home / "backup"

    def said(self, what: str) -> set[str]:
        return {value for act, value in self.reported if act == what}

    def tried(self, what: str) -> set[str]:
        return {value for act, value in self.begun if act == what}


def prepared(home: Path, people: int) -> Desk:
    """A vault with a clerk, some people, and a backup."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    desk = Desk(home)
    vault = create_vault(
        desk.vault,
        operator_name="sup",
        passphrase=PASSPHRASE,
        demo=True,
        clock=FixedClock(),
        cost=FLOOR,
        second=SecondFounder(CLERK[0], Role.OPERATOR, CLERK[1]),
    )
    vault.save_all([enrolment(f"first-{number}", NAME) for number in range(people)])
    desk.reported |= {("enrol", f"first-{number}") for number in range(people)}
    vault.backups.create(FolderTarget(desk.backup))
    vault.lock()
    return desk


def work(desk: Desk, act: str, round_: int, say: Say) -> None:
    """Does one kind of act over and over, and reports each before and after."""
    vault = reopened(desk.vault, FixedClock(), "sup")
    for number in range(1000):
        name = f"{round_}-{number}"
        if act == "erase":  # each time with a draw of its own: a number that was erased is not given again
            name = one_of(vault, random.Random(name)).number
        say(f"begin {act} {name}")
        done = ACTIONS[act](desk, vault, name)
        say(f"done {act} {done}")


def one_of(vault: Vault, chance: random.Random) -> SubjectSummary:
    """Somebody who is there."""
    people = vault.directory()
    if not people:
        return vault.save(enrolment(f"again-{chance.random()}", NAME))
    return people[chance.randrange(len(people))]


def _enrol(desk: Desk, vault: Vault, name: str) -> str:
    vault.save(enrolment(name, NAME))
    return name


def _draft(desk: Desk, vault: Vault, name: str) -> str:
    for draft in vault.drafts.all()[:-3]:
        vault.drafts.discard(draft.draft_id)
    return vault.drafts.save(DraftKind.ENROLMENT, "ab" * 16, f"{NAME} {name}".encode()).draft_id


def _rotate(desk: Desk, vault: Vault, name: str) -> str:
    vault.rotation.rotate(deep=name.endswith(("1", "3")))
    return name


def _back_up(desk: Desk, vault: Vault, name: str) -> str:
    backup = desk.home / f"backup-{name}"
    vault.backups.create(FolderTarget(backup))
    return backup.name


def _erase(desk: Desk, vault: Vault, number: str) -> str:
    found = vault.find(number)
    assert found is not None
    vault.subject_rights.erase(found.subject_id, vault.operators.confirm_second(*CLERK))
    return number


def _restore(desk: Desk, vault: Vault, name: str) -> str:
    folder = desk.home / f"restored-{name}"
    restore_backup(FolderTarget(desk.backup), folder, OWNER, FixedClock(), second=SECOND)
    return folder.name


def _remove(desk: Desk, vault: Vault, name: str) -> str:
    vault.operators.add(name, Role.OPERATOR, "in and out again", vault.operators.confirm_second(*CLERK), FLOOR)
    vault.operators.remove(name, vault.operators.confirm_second(*CLERK))
    return name


def _renew(desk: Desk, vault: Vault, name: str) -> str:
    person = one_of(vault, random.Random(name))
    vault.record_outcome(person.subject_id, accepted=True, renewals=[renewal_of(vault, person.subject_id)])
    return name


ACTIONS: dict[str, Callable[[Desk, Vault, str], str]] = dict(
    zip(ACTS, (_enrol, _draft, _rotate, _back_up, _erase, _restore, _remove, _renew), strict=True)
)


def killed(desk: Desk, act: str, round_: int, after_s: float) -> None:
    """Lets a child work and kills it ``after_s`` seconds after its first word; takes down what it reported."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(desk, act, round_, lambda line: _write(writing, line))
        except BaseException:  # noqa: BLE001 - whatever it is, the parent is told and the child ends here
            _write(writing, f"fault {traceback.format_exc().replace(chr(10), ' | ')}")
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        first = pipe.readline()
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        text = (first + pipe.read()).decode()
    for line in text.split("\n")[:-1]:
        when, rest = line.split(" ", 1)
        assert when != "fault", rest
        value = (act, rest.removeprefix(f"{act} "))
        (desk.reported if when == "done" else desk.begun).add(value)


def _write(pipe: int, line: str) -> None:
    os.write(pipe, (line + "\n").encode())


def check(desk: Desk) -> None:
    """What must hold after any kill: AssertionError says what does not."""
    before = read_key_file((desk.vault / KEY_FILE).read_bytes())
    vault = reopened(desk.vault, FixedClock(), "sup")
    try:
        vault.verify()
        there = {person.number for person in vault.directory()}
        assert desk.said("enrol") - desk.tried("erase") <= there
        assert not desk.said("erase") & there
        assert all(vault.drafts.load(draft.draft_id).startswith(NAME.encode()) for draft in vault.drafts.all())
        assert not {operator.name for operator in vault.operators.all()} & desk.said("remove")
        assert vault.audit.check().finding is None
        kinds = [
            sorted(r.template.characteristic.modality for r in vault.references(s.subject_id))
            for s in vault.directory()
        ]
        assert all(kind == ["face", "fingerprint"] for kind in kinds), kinds  # the old reference or the new one
        erased = len(vault.subject_rights.erasures())
        reached = [backup for backup in vault.backups.all() if (Path(backup.location) / KEYS_FILE).exists()]
        assert not any(
            backup.may_hold(erased) for backup in reached
        )  # an erasure reached them, at the latest at unlock
    finally:
        vault.lock()
    after = read_key_file((desk.vault / KEY_FILE).read_bytes())
    assert after.pending == after.rotation == b""
    assert after.control.epoch >= before.control.epoch
    left = [path.name for path in desk.vault.iterdir() if path.name.endswith(LEFT_BEHIND)]
    assert not left, left
    reopened(desk.vault, FixedClock(), *CLERK).lock()  # the clerk was away all the time
    _check_backups(desk)
    _check_restored(desk)
    for path in desk.home.rglob("*"):
        if path.is_file():
            assert not _is_readable(path.read_bytes()), path


def _check_backups(desk: Desk) -> None:
    for backup in desk.home.glob("backup*"):
        if (backup / KEYS_FILE).exists():
            verify_backup(FolderTarget(backup), OWNER)
        else:
            assert backup.name not in desk.said("back up")
        if backup != desk.backup:
            shutil.rmtree(backup)


def _check_restored(desk: Desk) -> None:
    for folder in desk.home.glob("restored-*"):
        whole = (folder / KEY_FILE).exists()
        assert whole or folder.name not in desk.said("restore")
        if whole:
            again = reopened(folder, FixedClock(), "sup")
            again.verify()
            again.lock()
        else:
            with pytest.raises(VaultError) as fault:
                reopened(folder, FixedClock(), "sup")
            assert fault.value.code is Code.VAULT_NOT_FOUND
        shutil.rmtree(folder)


def _is_readable(content: bytes) -> bool:
    return any(NAME.encode(code) in content or PASSPHRASE.encode(code) in content for code in ("utf-8", "utf-16-le"))


def kills(home: Path, rounds: Iterable[int], longest_s: float, seed: int, fresh_every: int = 50) -> dict[str, int]:
    """Kills in turn in every act; how many of each. Prints nothing."""
    chance, desk, done = random.Random(seed), prepared(home, 6), dict.fromkeys(ACTS, 0)
    for number, round_ in enumerate(rounds):
        if number and number % fresh_every == 0:
            desk = prepared(home, 6)
        act = ACTS[number % len(ACTS)]
        killed(desk, act, round_, chance.uniform(0, longest_s))
        check(desk)
        done[act] += 1
    return done
