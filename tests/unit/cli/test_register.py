"""``mlid register`` on a real server: made, joined by a second desk, kept in step, checked."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.command_line import ADA, BEN, AtVault, RecordedFingers, mlid
from tests.postgres import BARE_ACCESS, Cluster, running_server
from tests.unit.vault.register.conftest import as_the_program_before


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A running PostgreSQL that lets nobody but its administrator in; skips, with the reason, where none can be had."""
    for made in running_server():
        (made.folder / "data" / "pg_hba.conf").write_text(BARE_ACCESS, encoding="ascii")
        made.sql("SELECT pg_reload_conf()")
        yield made


def joined(vault: AtVault, copy: AtVault, server: str, password: Path) -> str:
    """A second desk asks in a process of its own, a supervisor admits it at the first; its last words."""
    command = [sys.executable, "-m", "mlid_desktop.cli.main", "register", "join", "--server", server]
    command += ["--name", "Second desk"]
    command += ["--join-passphrase-file", str(password), *(str(option) for option in copy.options)]
    asking = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert asking.stderr is not None
    code = asking.stderr.readline().rpartition(":")[2].strip()
    admitted = vault.mlid("register", "admit", code.lower().replace("-", " "), *vault.with_second)
    out, err = asking.communicate(timeout=60)
    assert admitted.code == 0, admitted.err + err
    assert asking.returncode == 0, err
    return out


def test_a_register_is_made_joined_and_kept_in_step(
    vault: AtVault, finger: RecordedFingers, server: Cluster, tmp_path: Path
) -> None:
    authority = tmp_path / "authority.crt"
    server.sql(f'ALTER DATABASE {server.database()} RENAME TO "Front ""desk"" 1"')  # a name may hold anything
    reached = f"host=127.0.0.1 port={server.port} dbname='Front \"desk\" 1' sslrootcert={server.root_certificate}"
    asked = ("register", "create", "--server", reached, "--authority-out", authority, "--name", "Main desk")
    alone = vault.mlid(*asked, "--administrator", "user=postgres")
    assert "vault.second_person_needed" in alone.err
    made = vault.mlid(*asked, "--administrator", "user=postgres", "--json", *vault.with_second)
    assert made.code == 0, made.err
    again = vault.mlid(*asked, "--force", "--administrator", "user=postgres", *vault.with_second)
    assert "register.in_one" in again.err

    refused = vault.mlid("register", "status")
    assert (refused.code, "register.refused" in refused.err or "register.certificate" in refused.err) == (4, True)
    server.let_in(authority.read_bytes(), tuple(made.json["access"]))
    stands = vault.mlid("register", "status", "--json")
    assert stands.code == 0, stands.err
    assert (stands.json["leads"], stands.json["encrypted"], stands.json["change"]) == (True, True, 0)
    assert vault.mlid("register", "sync", "--json").code == 0
    items = vault.mlid("register", "verify", "--json").json["items"]
    assert items >= 4

    password = tmp_path / "join.pass"
    password.write_text(made.json["join_passphrase"], encoding="utf-8")
    copy = replace(vault, folder=tmp_path / "copy")
    out = joined(vault, copy, f"{reached} user={made.json['join_role']}", password)
    assert str(items) in out

    vault.enrol("1003", "Cy New", finger(9, 1, 2, 3))
    assert vault.mlid("register", "follow", "--seconds", "2").code == 0
    followed = copy.mlid("register", "follow", "--seconds", "2", "--json")
    assert followed.json["in_step_at"], followed.err
    assert copy.mlid("register", "sync", "--json").json["come"] == 0
    for number, seed in (("1001", ADA), ("1003", 9)):
        assert copy.mlid("verify", "--number", number, *finger(seed, 4)).code == 0
    assert copy.mlid("verify", "--number", "1001", *finger(BEN, 4)).code != 0
    copy.enrol("1004", "Di Newer", finger(11, 1, 2, 3))
    assert vault.mlid("register", "sync", "--json").json["come"] >= 3
    assert vault.mlid("verify", "--number", "1004", *finger(11, 4)).code == 0
    elsewhere = copy.mlid("register", "remove", "Main desk", *vault.with_second)
    assert (elsewhere.code, "register.led_elsewhere" in elsewhere.err) == (4, True)
    found = copy.mlid("register", "status", "--json").json
    assert (found["leads"], found["behind"], len(found["desks"])) == (False, 0, 2)
    assert found["withdrawals_waiting"] == 0
    assert "Cy New" in copy.mlid("records", "list").out
    one_person_at_two_desks_waits_for_two_people(vault, copy, finger)
    what_the_server_lost_is_put_back(vault, copy, finger, server)
    desks_are_listed_and_taken_out(vault, copy, tmp_path)


def what_the_server_lost_is_put_back(vault: AtVault, copy: AtVault, finger: RecordedFingers, server: Cluster) -> None:
    """The server is restored from a dump of before somebody was enrolled, whom both desks have."""
    assert "register.not_set_back" in vault.mlid("register", "mend", *vault.with_second).err
    server.sql('CREATE DATABASE before TEMPLATE "Front ""desk"" 1"')
    vault.enrol("1005", "Ed Late", finger(21, 1, 2, 3))
    copy.mlid("register", "sync")
    server.sql('DROP DATABASE "Front ""desk"" 1" WITH (FORCE)')
    server.sql('ALTER DATABASE before RENAME TO "Front ""desk"" 1"')
    for name in ("mlid_desk", "mlid_joining", "mlid_owner"):
        server.sql(f'GRANT CONNECT ON DATABASE "Front ""desk"" 1" TO {name}')
    assert "register.rolled_back" in copy.mlid("register", "sync").err
    alone = vault.mlid("register", "mend")
    assert "vault.second_person_needed" in alone.err
    mended = vault.mlid("register", "mend", *vault.with_second)
    assert (mended.code, "Changes put back: 1." in mended.out) == (0, True), mended.err
    for desk in (copy, vault):
        assert desk.mlid("register", "sync").code == 0
        assert desk.mlid("verify", "--number", "1005", *finger(21, 4)).code == 0
    assert vault.mlid("register", "verify").code == 0


def one_person_at_two_desks_waits_for_two_people(vault: AtVault, copy: AtVault, finger: RecordedFingers) -> None:
    """Neither had the other's record when it searched: the desk that was first finds the pair."""
    vault.enrol("2001", "Eve One", finger(33, 1, 2, 3))
    copy.enrol("2002", "Eve Two", finger(33, 5, 6, 7))
    assert "No pair waits" in vault.mlid("register", "alike").out  # it does not know yet
    for desk in (vault, copy):
        assert desk.mlid("register", "sync").code == 0
    assert copy.mlid("register", "alike", "--json").json["alike"] == []
    found = vault.mlid("register", "alike", "--json")
    assert [set(pair) for pair in found.json["alike"]] == [{"2001", "2002"}], found.err
    alone = vault.mlid("register", "alike", "--apart", "2001", "2002")
    assert "vault.second_person_needed" in alone.err
    other = vault.mlid("register", "alike", "--apart", "2001", "1003", *vault.with_second)
    assert "usage.unknown_subject" in other.err
    decided = vault.mlid("register", "alike", "--apart", "2001", "2002", *vault.with_second)
    assert "No pair waits" in decided.out, decided.err
    assert vault.mlid("register", "sync").code == 0  # visits that the other desk brought


def desks_are_listed_and_taken_out(vault: AtVault, copy: AtVault, folder: Path) -> None:
    """What each has followed, erasures with their certificate, and the second desk taken out at the first."""
    listed = vault.mlid("register", "desks", "--json").json["desks"]
    assert {(desk["name"], desk["leads"], desk["behind"]) for desk in listed} == {
        ("Main desk", True, 0), ("Second desk", False, 0),
    }  # fmt: skip
    assert vault.mlid("records", "erase", "1003", *vault.with_second).code == 0
    vault.mlid("register", "sync")
    sheet = folder / "erasure.pdf"
    found = vault.mlid("register", "erasures", "--entry", "1", "--out", sheet, "--json")
    assert found.json["erasures"][0]["waiting"] == ["Second desk"], found.err
    assert sheet.read_bytes().startswith(b"%PDF")
    assert "usage.bad_argument" in vault.mlid("register", "erasures", "--entry", "7").err
    copy.mlid("register", "sync")
    assert "done at 2 of 2 desks" in vault.mlid("register", "erasures").out
    alone = vault.mlid("register", "remove", "second desk")
    assert "vault.second_person_needed" in alone.err
    gone = vault.mlid("register", "remove", "second desk", *vault.with_second)
    assert (gone.code, "Second desk" in gone.out) == (0, True), gone.err
    refused = copy.mlid("register", "sync")
    assert (refused.code, "register.refused" in refused.err) == (4, True)
    assert copy.mlid("records", "list").code == 0  # what it held it holds
    again = vault.mlid("register", "remove", "second desk", *vault.with_second)
    assert "register.no_such_desk" in again.err


def test_a_register_of_before_is_upgraded(
    vault: AtVault, server: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = tmp_path / "authority.crt"
    reached = f"host=127.0.0.1 port={server.port} dbname={server.database()} sslrootcert={server.root_certificate}"
    asked = (
        "register",
        "create",
        "--server",
        reached,
        "--authority-out",
        authority,
        "--administrator",
        "user=postgres",
    )
    with monkeypatch.context() as patch:
        as_the_program_before(patch)
        made = vault.mlid(*asked, "--json", *vault.with_second)
        assert made.code == 0, made.err
        server.let_in(authority.read_bytes(), tuple(made.json["access"][:-1]))  # its administrator, too
        assert vault.mlid("register", "sync").code == 0
    stands = vault.mlid("register", "status")
    assert (stands.code, "The register is of version 1, this program knows 2." in stands.out) == (0, True), stands.err
    upgrade = ("register", "upgrade", "--administrator", "user=postgres")
    assert "vault.second_person_needed" in vault.mlid(*upgrade).err
    stray = vault.mlid(*upgrade, "--without", "no such desk", *vault.with_second)
    assert "register.no_such_desk" in stray.err
    done = vault.mlid(*upgrade, "--json", *vault.with_second)
    assert (done.code, done.json) == (0, {"from": 1, "to": 2, "cut_off": []}), done.err
    again = vault.mlid(*upgrade)
    assert (again.code, "of version 2 already" in again.out) == (0, True), again.err
    assert vault.mlid("register", "status", "--json").json["schema"] == 2
    assert vault.mlid("register", "sync").code == 0
    assert [desk["schema"] for desk in vault.mlid("register", "desks", "--json").json["desks"]] == [2]


def test_what_cannot_be_is_named(vault: AtVault, tmp_path: Path) -> None:
    assert "register.none" in vault.mlid("register", "status").err
    out = tmp_path / "authority.crt"
    far = ("register", "create", "--authority-out", out, *vault.with_second, "--server")
    weak = vault.mlid(*far, "host=db.example.org dbname=x sslmode=require")
    assert "register.unverified" in weak.err
    secret = vault.mlid(*far, "host=127.0.0.1 dbname=x password=secret")
    assert (secret.code, "usage.bad_argument" in secret.err) == (2, True)
    closed = vault.mlid(*far, "host=127.0.0.1 port=9 dbname=x")
    assert "register.unreachable" in closed.err
    assert not out.exists()


def test_joining_with_nobody_there_ends(tmp_path: Path) -> None:
    password = tmp_path / "join.pass"
    password.write_text("none", encoding="utf-8")
    done = mlid(
        "register", "join", "--server", "host=127.0.0.1 port=9 dbname=x", "--vault", tmp_path / "v",
        "--join-passphrase-file", password,
    )  # fmt: skip
    assert (done.code, "register.unreachable" in done.err) == (4, True)
    assert not (tmp_path / "v").exists()


def test_no_register_is_made_on_a_server_that_lacks_something(vault: AtVault, server: Cluster, tmp_path: Path) -> None:
    server.sql("CREATE DATABASE other_letters TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
    reached = f"host=127.0.0.1 port={server.port} dbname=other_letters"
    asked = ("--server", reached, "--administrator", "user=postgres", "--authority-out", tmp_path / "authority.crt")
    refused = vault.mlid("register", "create", *asked, *vault.with_second)
    assert (refused.code, "register.server_lacks" in refused.err, "UTF-8" in refused.err) == (4, True, True)
    assert "register.none" in vault.mlid("register", "status").err
    assert server.sql("SELECT FROM pg_namespace WHERE nspname = 'mlid'", "other_letters") == []


def test_nobody_is_asked_to_admit_a_desk_whose_folder_has_a_vault(vault: AtVault, tmp_path: Path) -> None:
    password = tmp_path / "join.pass"
    password.write_text("any", encoding="utf-8")
    asked = ("--server", "host=127.0.0.1 port=9 dbname=x", "--join-passphrase-file", password)
    assert "vault.exists" in vault.mlid("register", "join", *asked).err
    unwritable = replace(vault, folder=tmp_path / ("n" * 300))
    assert "vault.unwritable" in unwritable.mlid("register", "join", *asked).err


@pytest.mark.skipif(os.name == "nt", reason="there is no terminal to type at")
def test_whoever_was_admitted_types_a_wrong_passphrase_once_more(
    vault: AtVault, server: Cluster, tmp_path: Path
) -> None:
    authority, password = tmp_path / "authority.crt", tmp_path / "join.pass"
    reached = f"host=127.0.0.1 port={server.port} dbname={server.database()} sslrootcert={server.root_certificate}"
    asked = ("--server", reached, "--administrator", "user=postgres", "--authority-out", authority, "--json")
    made = vault.mlid("register", "create", *asked, *vault.with_second).json
    server.let_in(authority.read_bytes(), tuple(made["access"]))
    assert vault.mlid("register", "sync").code == 0
    password.write_text(made["join_passphrase"], encoding="utf-8")
    command = [sys.executable, "-m", "mlid_desktop.cli.main", "register", "join", "--operator", vault.operator]
    command += ["--server", f"{reached} user={made['join_role']}", "--join-passphrase-file", str(password)]
    command += ["--vault", str(tmp_path / "copy")]
    typing, terminal = os.openpty()
    with (
        os.fdopen(typing, "r+b", buffering=0) as person,
        subprocess.Popen(command, stdin=terminal, stderr=terminal, stdout=terminal, start_new_session=True) as asking,
    ):
        os.close(terminal)
        code = _until(person, b"mlid register admit").rpartition("code of this desk:")[2].split()[0]
        assert vault.mlid("register", "admit", code, *vault.with_second).code == 0
        _until(person, b"Passphrase: ")
        person.write(b"not the passphrase\n")
        assert "vault.wrong_passphrase" in _until(person, b"Passphrase: ")
        person.write(vault.passphrase_file.read_bytes())
        assert "This desk has joined" in _until(person, b"mlid register sync")
        assert asking.wait(60) == 0
    assert len(vault.mlid("register", "desks", "--json").json["desks"]) == 2


def _until(terminal: io.FileIO, shown: bytes) -> str:
    """What a terminal shows until these words, which come within the time of a test."""
    seen = b""
    while shown not in seen:
        seen += terminal.read(4096) or b""
    return seen.decode()
