"""A server for the tests of the register, one in a process, and a register on it with two desks, of which one leads,
made once. Each test has copies of all three."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.station.administration.register.joining import JoinRequest
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.register import installation, upgrades
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.unlocked.register import desk_words, service
from mlid_desktop.vault.unlocked.register.new_copy import make_copy
from mlid_desktop.vault.unlocked.register.writing import hold, shared_writes, turns, upgrading
from tests.doubles import FixedClock
from tests.postgres import Cluster, running_server
from tests.unit.vault.conftest import PASSPHRASE, enrolment, new_vault, reopened, witness

LET_IN = """DO $$ DECLARE gone name; BEGIN
    FOR gone IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'mlid_desk\\_%' AND NOT rolcanlogin LOOP
        EXECUTE format('ALTER ROLE %I LOGIN', gone);
        EXECUTE format('GRANT mlid_desk TO %I', gone);
    END LOOP;
END $$"""
PEOPLE = ("1", "2", "3")
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
NOBODY, ANYBODY = (f"ALTER DATABASE {{}} CONNECTION LIMIT {most}" for most in (0, -1))
TURNED_AWAY = {  # what a desk says where nobody is let in: by whether it had a connection
    code.value for code in (Code.REGISTER_REFUSED, Code.REGISTER_UNREACHABLE, Code.REGISTER_CROWDED)
}


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """A running PostgreSQL; skips, with the reason, where none can be had."""
    yield from running_server()


@dataclass(frozen=True, slots=True)
class Founded:
    """A register that nobody touches: its database, the folders of both desks, and the role and the password with
    which desks ask to join."""

    database: str
    writing: Path
    reading: Path
    joining: tuple[str, str]


@pytest.fixture(scope="session")
def founded(server: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """A register of three people."""
    return found_register(server, tmp_path_factory.mktemp("register"))


@pytest.fixture(scope="session")
def founded_before(server: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """A register of three people of the first schema, made and joined by a program that knew no other."""
    with pytest.MonkeyPatch.context() as patch:
        as_the_program_before(patch)
        return found_register(server, tmp_path_factory.mktemp("register_before"))


def as_the_program_before(patch: pytest.MonkeyPatch) -> None:
    """The program is one that knows the first schema alone."""
    for module in (installation, upgrades, desk_words, service, upgrading):
        patch.setattr(module, "SCHEMA_VERSION", 1)


def found_register(server: Cluster, home: Path) -> Founded:
    """Makes a register of three people in a new database, which a second desk joins; both folders are in ``home``."""
    clock = FixedClock()
    database, writing_folder, reading_folder = server.database(), home / "writing", home / "reading"
    reached = {"host": "127.0.0.1", "port": str(server.port)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGDATABASE", database)  # not in the vaults, so that copies of them use copies of it
        vault = new_vault(writing_folder, clock)
        vault.save_all([enrolment(number, f"Person {number}") for number in PEOPLE])
        register = vault.register.create({**reached, "user": "postgres"}, reached, "Front desk", witness(vault))
        server.let_in(register.authority, ())
        vault.register.send()
        asked = " ".join(f"{name}={value}" for name, value in reached.items()) + f" user={register.join_role}"
        request = JoinRequest.begin(asked, register.password)
        vault.register.desks.admit(request.code, witness(vault))
        make_copy(reading_folder, request.wait(0), "sup", PASSPHRASE, clock)
        request.close()
        reading = reopened(reading_folder, clock)
        reading.register.fetch()
        for opened in (reading, vault):
            opened.lock()
    return Founded(database, writing_folder, reading_folder, (register.join_role, register.password))


@pytest.fixture
def joining_role(server: Cluster, founded: Founded) -> tuple[str, str]:
    """The role and the passphrase with which desks ask to join, whatever tests of other registers made of it: a server
    has one for all its databases, and their vaults are copies of one vault."""
    role, password = founded.joining
    server.sql(f"ALTER ROLE {role} PASSWORD '{password}'")
    return role, password


@dataclass(slots=True)
class Desks:
    """Two desks of one register, open, and what the server's administrator can do."""

    server: Cluster
    database: str
    writing: Vault
    reading: Vault
    clock: FixedClock
    home: Path

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """A statement of the administrator, whom nobody has to trust."""
        return self.server.sql(statement, self.database)

    def reopen_writing(self) -> None:
        """The desk that writes is locked and unlocked again."""
        self.writing.lock()
        self.writing = reopened(self.home / "writing", self.clock)


@pytest.fixture
def desks(
    server: Cluster, founded: Founded, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desks]:
    """Copies of the register and of both desks."""
    yield from copied_desks(server, founded, tmp_path, clock, monkeypatch)


@pytest.fixture
def desks_before(
    server: Cluster, founded_before: Founded, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desks]:
    """Copies of a register of the first schema and of both desks, which have today's program by now."""
    yield from copied_desks(server, founded_before, tmp_path, clock, monkeypatch)


def copied_desks(
    server: Cluster, founded: Founded, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desks]:
    """Copies a register and both desks, and opens these."""
    database = server.database(founded.database)
    server.sql(LET_IN)  # roles are the server's: a test before may have taken a desk out
    monkeypatch.setenv("PGDATABASE", database)
    for folder in (founded.writing, founded.reading):
        shutil.copytree(folder, tmp_path / folder.name)
    writing, reading = (reopened(tmp_path / name, clock) for name in ("writing", "reading"))
    made = Desks(server, database, writing, reading, clock, tmp_path)
    yield made
    made.writing.lock()
    made.reading.lock()
    server.drop(database)


def code_of(act: Callable[[], object]) -> str:
    """The code of the fault that an act ends with."""
    with pytest.raises(MlidError) as raised:
        act()
    return raised.value.code.value


def both_in_step(desks: Desks) -> None:
    """Both desks have the same people and the same references, and what they have is whole, as is the register."""
    vaults = (desks.writing, desks.reading)
    for vault in (*vaults, *vaults):
        vault.register.fetch()
    here, there = ({person.subject_id: person for person in vault.directory()} for vault in vaults)
    assert here == there
    for modality in (Modality.FACE, Modality.FINGERPRINT):
        found = [sorted(vault.all_references(modality), key=lambda held: held.subject_id) for vault in vaults]
        assert found[0] == found[1]
    for vault in vaults:
        vault.verify()
    ((newest, changes),) = desks.sql("SELECT (SELECT n FROM mlid.state), (SELECT count(*) FROM mlid.change)")
    assert newest == changes
    assert desks.reading.register.verify().changes == newest


def subject(vault: Vault, number: str) -> str:
    found = vault.find(number)
    assert found is not None
    return found.subject_id


def connection_of(desks: Desks) -> RegisterConnection:
    """A connection of its own, as the desk that follows."""
    link = desks.reading.register.link
    assert link is not None
    return link.connect(desks.home / "reading")


def reopen(desks: Desks, name: str) -> None:
    """A desk is locked, and unlocked again."""
    getattr(desks, name).lock()
    setattr(desks, name, reopened(desks.home / name, desks.clock))


class Killed(BaseException):
    """The process ends here."""


def killed_before_the_vault_has_it(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """The process ends when the register has a change, and the vault does not."""
    publish = shared_writes.SharedWrites.publish

    def end(writes: shared_writes.SharedWrites) -> None:
        publish(writes)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shared_writes.SharedWrites, "publish", end)
        with pytest.raises(Killed):
            act()


@pytest.fixture
def company(desks: Desks) -> Iterator[Desks]:
    """Both desks found that the other writes, so that each stands in line at its next act, and leaves it after."""
    both_in_step(desks)
    for number, vault in enumerate((desks.reading, desks.writing, desks.reading)):
        vault.register.listen(lambda: None)  # its connection lasts
        vault.save(enrolment(f"c{number}", "Of the company"))
    yield desks
    assert desks.sql(LOCKS) == [(0,)], "whoever is behind is let in"


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Has something happen once within the context, when a desk read as the next what was there and does not hold the
    register yet."""
    real, done = hold.held_as_next, list[bool]()

    def held(*given: Any) -> Any:
        if not done:
            done.append(True)
            act()
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turns, "held_as_next", held)
        yield
    assert done, "no desk was the next"
