"""``mlid vault``: a vault is tended from the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlid_desktop.cli import options
from tests.command_line import Ran, mlid
from tests.makers import ROOT

FIRST, SECOND, THIRD = "correct horse battery", "another horse battery", "a third horse battery"
FOURTH = "a fourth horse battery"


class Tended:
    """A vault with two people who founded it and olga, and files with passphrases."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.vault = home / "vault"

    def create(self) -> None:
        """Founds the vault by sup and clerk, who have the first and the second passphrase, and adds olga, who has the
        fourth."""
        for name, text in (("first", FIRST), ("second", SECOND), ("third", THIRD), ("fourth", FOURTH)):
            (self.home / name).write_text(text + "\n", encoding="utf-8")
        self.run(
            "create", self.vault, "--demo", "--operator", "sup", "--second", "clerk", "--second-role", "operator",
            by=None, files=("--passphrase-file", "first", "--second-passphrase-file", "second"),
        )  # fmt: skip  # options beside their values
        added = self.run(
            "add-operator", self.vault, "olga", "--second", "clerk", "--json",
            files=("--new-passphrase-file", "fourth", "--second-passphrase-file", "second"),
        )  # fmt: skip  # as above
        assert added.json == {"operator": "olga", "role": "operator"}

    def run(
        self, *arguments: str | Path, by: str | None = "sup", files: tuple[str, ...] = (), passphrase: str = "first"
    ) -> Ran:
        """One command; options of files are followed by their names in the home."""
        paths: list[str | Path] = [file if file.startswith("--") else self.home / file for file in files]
        who: list[str | Path] = [] if by is None else ["--operator", by, "--passphrase-file", self.home / passphrase]
        return mlid("vault", *arguments, *who, *paths)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a vault that no test changes."""
    tended = Tended(tmp_path_factory.mktemp("made"))
    tended.create()
    return tended.home


@pytest.fixture
def tended(made: Path, tmp_path: Path) -> Tended:
    """A vault for one test: a copy of the one that was made."""
    return Tended(Path(shutil.copytree(made, tmp_path / "tended")))


def test_rotating_and_changing_a_passphrase(tended: Tended) -> None:
    assert tended.run("rotate", tended.vault, "--deep").code == 0
    changed = tended.run(
        "passwd", tended.vault, by="clerk", passphrase="second", files=("--new-passphrase-file", "third")
    )
    assert changed.code == 0
    assert tended.run("verify", tended.vault, by="clerk", passphrase="second").code == 4
    assert tended.run("verify", tended.vault, by="clerk", passphrase="third", files=("--json",)).json["whole"]


def test_the_recovery_code_is_shown_once_and_gives_a_new_passphrase(
    tended: Tended, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = ("--second", "clerk", "--second-passphrase-file", tended.home / "second")
    assert "vault.second_person_needed" in tended.run("recovery-code", tended.vault).err
    made = tended.run("recovery-code", tended.vault, *two, files=("--again-file", "third"))
    assert made.code == 4
    assert "vault.bad_recovery_code" in made.err
    monkeypatch.setattr(options, "getpass", lambda _prompt: code_in(tended))
    shown: list[str] = []
    monkeypatch.setattr("mlid_desktop.cli.vault.new_code", lambda: shown_code(shown))
    assert tended.run("recovery-code", tended.vault, *two).code == 0
    monkeypatch.undo()
    (tended.home / "code").write_text(shown[0] + "\n", encoding="utf-8")
    recovered = mlid(
        "vault", "recover", tended.vault, "--operator", "olga", "--code-file", tended.home / "code",
        "--new-passphrase-file", tended.home / "third",
    )  # fmt: skip  # options beside their values
    assert recovered.code == 0
    opened = tended.run("verify", tended.vault, by="olga", passphrase="third")
    assert opened.code == 0
    assert "The recovery code was used to give olga a new passphrase." in opened.err


_KNOWN = "0123-4567-89AB-CDEF-GHJK-MNPQ-"


def shown_code(shown: list[str]) -> str:
    """A code that the test knows."""
    from mlid_desktop.vault.keys.recovery_code import _check

    shown.append(_KNOWN + _check(_KNOWN.replace("-", "")))
    return shown[0]


def code_in(_tended: Tended) -> str:
    """What the person types from the paper."""
    return shown_code([])


def test_a_backup_is_verified_and_restored(tended: Tended) -> None:
    backup, there = tended.home / "backup", tended.home / "there"
    assert tended.run("backup", tended.vault, backup).code == 0
    assert tended.run("restore", backup, "--verify", files=("--json",)).json["whole"]
    alone = tended.run("restore", backup, there)
    assert (alone.code, "vault.second_person_needed" in alone.err) == (4, True)
    both = tended.run("restore", backup, there, "--second", "clerk", files=("--second-passphrase-file", "second"))
    assert both.code == 0, both.err
    assert tended.run("verify", there).code == 0
    assert tended.run("restore", backup).code == 2


def test_a_backup_is_listed_and_struck_off_once_it_is_destroyed(tended: Tended) -> None:
    assert tended.run("backup", tended.vault, tended.home / "gone").code == 0
    listed = tended.run("backups", tended.vault, files=("--json",)).json["backups"]
    (gone,) = [backup for backup in listed if backup["place"] == str((tended.home / "gone").resolve())]
    shutil.rmtree(tended.home / "gone")
    assert tended.run("forget-backup", tended.vault, gone["backup"]).code == 0
    assert gone not in tended.run("backups", tended.vault, files=("--json",)).json["backups"]
    assert tended.run("forget-backup", tended.vault, gone["backup"]).code == 2  # it is not there any more


def test_the_checkpoint_that_was_signed_last_is_written_again_by_anybody(tended: Tended) -> None:
    def checkpoint(out: Path, *more: str) -> Ran:
        who = ("--operator", "sup", "--passphrase-file", tended.home / "first")
        return mlid("audit", "checkpoint", "--vault", tended.vault, "--out", out, *who, *more)

    first, again = tended.home / "checkpoint", tended.home / "checkpoint-again"
    assert checkpoint(first, "--newest").code == 2  # none was signed yet
    assert checkpoint(first).code == 0
    assert checkpoint(again, "--newest").code == 0
    assert again.read_bytes() == first.read_bytes()


def test_a_vault_of_an_earlier_version_is_brought_forward_once_that_was_chosen(tended: Tended) -> None:
    old, backup = tended.home / "old", tended.home / "old-backup"
    shutil.copytree(ROOT / "tests" / "vectors" / "vault" / "format_1" / "vault", old)
    (tended.home / "kept").write_text("correct horse battery\n", encoding="utf-8")
    refused = tended.run("verify", old, passphrase="kept")
    assert (refused.code, "vault.earlier_format" in refused.err) == (4, True)
    assert tended.run("migrate", old, passphrase="kept").code == 2
    done = tended.run("migrate", old, "--backup", backup, passphrase="kept", files=("--json",))
    assert done.code == 0, done.err
    assert done.json == {"migrated": True}
    assert tended.run("verify", old, passphrase="kept", files=("--json",)).json["whole"]
    assert tended.run("restore", backup, "--verify", passphrase="kept").code == 0
    again = tended.run("migrate", old, "--without-backup", passphrase="kept", files=("--json",))
    assert again.json == {"migrated": False}


def test_taking_somebody_out(tended: Tended) -> None:
    assert tended.run("remove-operator", tended.vault, "sup").code != 0
    alone = tended.run("remove-operator", tended.vault, "olga")
    assert (alone.code, "vault.second_person_needed" in alone.err) == (4, True)
    two = ("--second", "clerk", "--second-passphrase-file", tended.home / "second")
    assert tended.run("remove-operator", tended.vault, "olga", *two).code == 0
    assert "vault.unknown_operator" in tended.run("verify", tended.vault, by="olga", passphrase="fourth").err
    assert tended.run("verify", tended.vault).code == 0
