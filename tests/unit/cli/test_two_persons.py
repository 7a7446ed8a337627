"""What one supervisor tries alone, at the real command line: adding an account of their own and confirming with it, a
recovery code, a wrong clock, a policy that lets a print through; and what a desk founded by one may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.station import assemble
from tests.command_line import AtVault, Ran, finger, mlid, new_vault
from tests.makers import ROOT

STANDARD = ROOT / "resources" / "policy" / "standard.toml"
OWN = "an account of my own"


def code_of(ran: Ran) -> str:
    """The code of the fault that a command ended with; what it noted before, such as a wrong clock, is none."""
    named = [line.partition(":")[0] for line in ran.err.splitlines() if line.startswith(("vault.", "model."))]
    return named[-1] if named else ""


def secret(home: Path, name: str, text: str) -> Path:
    """A file with a passphrase."""
    (home / name).write_text(text + "\n", encoding="utf-8")
    return home / name


def lax_policy(home: Path) -> Path:
    """The policy of the attack on record: one frame, at a threshold that nothing falls below."""
    text = STANDARD.read_text("utf-8")
    for before, after in (
        ("window = 6", "window = 1"),
        ("threshold = 0.5", "threshold = 0.000001"),
        ("frame_floor = 0.35", "frame_floor = 0.0"),
        ("fmr = { face = 0.00002, fingerprint = 0.001,", "fmr = { face = 0.1, fingerprint = 0.1,"),
    ):
        assert before in text
        text = text.replace(before, after)
    (home / "lax.toml").write_text(text, encoding="utf-8")
    return home / "lax.toml"


def tending(vault: AtVault) -> tuple[str | Path, ...]:
    """What commands of ``mlid vault`` are given."""
    return ("--passphrase-file", vault.passphrase_file, "--operator", vault.operator)


def test_a_supervisor_with_an_account_of_their_own_stores_no_lax_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = new_vault(tmp_path / "vault", demo=False)
    own, lax = secret(tmp_path, "own.pass", OWN), lax_policy(tmp_path)
    add = ("vault", "add-operator", vault.folder, "mine", "--role", "supervisor", "--new-passphrase-file", own)
    assert code_of(mlid(*add, *tending(vault))) == Code.VAULT_SECOND_PERSON_NEEDED.value  # not alone
    oneself = ("--second", "supervisor", "--second-passphrase-file", vault.passphrase_file)
    assert code_of(mlid(*add, *tending(vault), *oneself)) == Code.VAULT_SECOND_PERSON_NEEDED.value  # nor with oneself
    assert mlid(*add, *tending(vault), *vault.with_second).code == 0  # the colleague was told a story
    with_own = ("--second", "mine", "--second-passphrase-file", own)
    strict = STANDARD.with_name("strict.toml")
    assert code_of(vault.mlid("policy", "set", strict, *with_own)) == Code.VAULT_SECOND_MUST_WAIT.value
    turned = ("--vault", vault.folder, "--operator", "mine", "--passphrase-file", own)
    by_maker = ("--second", "supervisor", "--second-passphrase-file", vault.passphrase_file)
    assert code_of(mlid("policy", "set", strict, *turned, *by_maker)) == Code.VAULT_SECOND_MUST_WAIT.value
    monkeypatch.setattr(assemble.SystemClock, "now", lambda _self: datetime.now(UTC) + timedelta(days=3))
    assert code_of(vault.mlid("policy", "set", strict, *with_own)) == Code.VAULT_SECOND_MUST_WAIT.value
    monkeypatch.undo()
    # and even a colleague who confirms anything stores no policy below the floors, nor under a shipped one's name
    assert code_of(vault.mlid("policy", "set", lax, *vault.with_second)) == Code.MODEL_POLICY_BELOW_FLOOR.value
    renamed = tmp_path / "renamed.toml"
    renamed.write_text(STANDARD.read_text("utf-8").replace("window = 6", "window = 7"), encoding="utf-8")
    assert code_of(vault.mlid("policy", "set", renamed, *vault.with_second)) == Code.MODEL_POLICY_NAME_TAKEN.value
    assert vault.mlid("policy", "show", "--json").json["name"] == "standard"


def test_a_code_or_a_reset_makes_no_second_person_of_one(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "vault", demo=False)
    fresh = secret(tmp_path, "fresh.pass", OWN)
    code = ("vault", "recovery-code", vault.folder, "--again-file", fresh, *tending(vault))
    assert code_of(mlid(*code)) == Code.VAULT_SECOND_PERSON_NEEDED.value
    reset = ("vault", "reset-passphrase", vault.folder, "olga", "--new-passphrase-file", fresh, *tending(vault))
    assert code_of(mlid(*reset)) == Code.VAULT_SECOND_PERSON_NEEDED.value
    remove = ("vault", "remove-operator", vault.folder, "olga", *tending(vault))
    assert mlid(*remove).code == 0  # of two, one stays: it is noted, and told to whoever comes
    told = mlid("vault", "notices", vault.folder, *tending(vault), "--json").json["notices"]
    assert [(notice["kind"], notice["about"]) for notice in told] == [("operator_removed_by_one", "olga")]
    strict = STANDARD.with_name("strict.toml")
    assert code_of(vault.mlid("policy", "set", strict)) == Code.VAULT_NOBODY_TO_SECOND.value


def test_what_everybody_should_know_is_shown_until_each_has_seen_it(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "vault", demo=True)
    assert mlid("vault", "remove-operator", vault.folder, "olga", *tending(vault)).code == 0
    shown = "supervisor took the access of olga away, alone."
    for _ in range(2):
        assert shown in vault.mlid("policy", "show").err
    assert mlid("vault", "notices", vault.folder, "--seen", *tending(vault)).code == 0
    assert shown not in vault.mlid("policy", "show").err


@pytest.fixture
def alone(tmp_path: Path) -> AtVault:
    """A demo vault that one person founded."""
    vault = AtVault(tmp_path / "alone", secret(tmp_path, "alone.pass", "correct horse battery staple"))
    made = mlid("vault", "create", vault.folder, "--demo", "--passphrase-file", vault.passphrase_file)
    assert made.code == 0, made.err
    return vault


def test_a_desk_founded_by_one_does_a_little_and_the_audit_says_so(alone: AtVault, tmp_path: Path) -> None:
    enrolled = alone.mlid(
        "enrol", "--number", "1", "--name", "Ada", "--consent", "accepted", "--attest", *finger(7), "--json"
    )
    assert enrolled.code == 0, enrolled.err
    assert code_of(alone.mlid("subject", "export", "1", "--out", tmp_path / "1.json")) == (
        Code.VAULT_NOBODY_TO_SECOND.value
    )
    assert alone.mlid("records", "erase", "1").code == 0
    assert alone.mlid("policy", "set", STANDARD.with_name("strict.toml")).code == 0
    assert code_of(alone.mlid("policy", "set", lax_policy(tmp_path))) == Code.VAULT_NOBODY_TO_SECOND.value
    own = secret(tmp_path, "own.pass", OWN)
    add = ("vault", "add-operator", alone.folder, "second", "--new-passphrase-file", own, *tending(alone))
    assert mlid(*add).code == 0
    again = ("vault", "add-operator", alone.folder, "third", "--new-passphrase-file", own, *tending(alone))
    assert code_of(mlid(*again)) == Code.VAULT_SECOND_PERSON_NEEDED.value
    with_second = ("--second", "second", "--second-passphrase-file", own)
    assert code_of(mlid(*again, *with_second)) == Code.VAULT_SECOND_MUST_WAIT.value
    entries = alone.mlid("audit", "show", "--json").json["entries"]
    alone_acts = [entry["facts"]["name"] for entry in entries if entry["event"] == "act.alone"]
    assert alone_acts == ["erase", "change_policy", "admit_operator"]
    assert {entry["facts"]["reason"] for entry in entries if entry["event"] == "act.alone"} == {"founded_by_one"}


def test_two_who_found_a_vault_type_passphrases_of_their_own(tmp_path: Path) -> None:
    first = secret(tmp_path, "one.pass", "correct horse battery staple")
    found = ("vault", "create", tmp_path / "vault", "--passphrase-file", first, "--second", "olga")
    assert code_of(mlid(*found, "--second-passphrase-file", first)) == Code.VAULT_SAME_PASSPHRASE.value
    assert not (tmp_path / "vault" / "vault.keys").exists()
