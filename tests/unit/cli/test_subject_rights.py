"""Commands for what a person may ask and for the auditor, on made-up fingers."""

from __future__ import annotations

import csv
import json
import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.unlocked.register.writing.shared_writes import SharedWrites
from tests.command_line import ADA, BEN, SECOND, AtVault, RecordedFingers, mlid, new_vault
from tests.makers import ROOT

CLEO = 3
AUDITOR = "ines"


@pytest.fixture(scope="module")
def made_vault(made_vault: AtVault, tmp_path_factory: pytest.TempPathFactory) -> AtVault:
    """An auditor knows the vault as well."""
    vault = made_vault.copied(tmp_path_factory.mktemp("audited") / "vaults")
    passphrase = vault.by(AUDITOR).passphrase_file
    passphrase.write_text("an auditor's own long passphrase\n")
    added = mlid(
        "vault", "add-operator", vault.folder, AUDITOR, "--role", "auditor", "--new-passphrase-file", passphrase,
        "--passphrase-file", vault.passphrase_file, "--operator", vault.operator, *vault.with_second,
    )  # fmt: skip
    assert added.code == 0, added.err
    return vault


def test_the_audit_is_whole_read_and_taken_out(vault: AtVault, tmp_path: Path) -> None:
    whole = vault.mlid("audit", "verify", "--json")
    assert whole.code == 0
    assert whole.json["whole"]
    assert whole.json["codes_checked"]
    shown = vault.mlid("audit", "show", "--json")
    events = [entry["event"] for entry in shown.json["entries"]]
    assert {"vault.unlocked", "enrolment.saved", "operator.added"} <= set(events)
    assert "Ada" not in shown.out
    assert "1001" not in shown.out
    assert vault.mlid("audit", "checkpoint", "--out", tmp_path / "point").code == 0
    assert vault.mlid("audit", "export", "--out", tmp_path / "audit.jsonl").code == 0
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "audit.jsonl").stat().st_mode) == 0o600
    against = ("--against", tmp_path / "point")
    assert vault.mlid("audit", "verify", *against, "--json").json["against"] is not None
    without_key = mlid("audit", "verify", "--export", tmp_path / "audit.jsonl", *against, "--json")
    assert without_key.code == 0
    assert without_key.json["whole"]
    lines = (tmp_path / "audit.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(lines[:3]))
    cut = mlid("audit", "verify", "--export", tmp_path / "cut.jsonl", *against, "--json")
    assert cut.code == 4
    assert cut.json["finding"] == {"fault": "rolled_back", "entry": 3}
    assert "put back" in mlid("audit", "verify", "--export", tmp_path / "cut.jsonl", *against).out
    (tmp_path / "point").write_text("no checkpoint\n")
    assert vault.mlid("audit", "verify", *against).code == 2


def test_the_days_report_carries_its_checkpoint(vault: AtVault, tmp_path: Path) -> None:
    done = vault.mlid("audit", "report", "--out", tmp_path / "day.pdf")
    assert done.code == 0, done.err
    assert (tmp_path / "day.pdf").read_bytes().startswith(b"%PDF-")
    assert vault.mlid("audit", "report", "--out", tmp_path / "other.pdf", "--day", "yesterday").code == 2
    assert vault.by(AUDITOR).mlid("audit", "report", "--out", tmp_path / "other.pdf").code == 4
    assert not (tmp_path / "other.pdf").exists()


@pytest.mark.parametrize(
    ("command", "operator", "auditor"),
    [
        (("records", "--json"), 0, 4),
        (("records", "show", "1001", "--json"), 0, 4),
        (("records", "due", "--json"), 0, 4),
        (("audit", "show", "--json"), 4, 0),
        (("audit", "verify", "--json"), 0, 0),
        (("stats", "export", "--json"), 4, 0),
        (("policy", "show", "--json"), 0, 0),
    ],
)
def test_each_role_sees_what_is_for_it(vault: AtVault, command: tuple[str, ...], operator: int, auditor: int) -> None:
    for person, expected in ((SECOND, operator), (AUDITOR, auditor)):
        done = vault.by(person).mlid(*command)
        assert done.code == expected
        if expected:
            assert done.err.startswith(f"{Code.VAULT_NOT_PERMITTED.value}: ")
            assert done.out == ""


def test_consent_is_taken_back_as_easily_as_it_was_given(
    vault: AtVault, finger: RecordedFingers, tmp_path: Path
) -> None:
    vault.enrol("1003", "Cleo Ray", finger(CLEO, 1, 2, 3))
    desk = vault.by(SECOND)
    assert desk.mlid("subject", "withdraw", "1003").code == 0
    refused = desk.mlid("verify", "--number", "1003", *finger(CLEO, 4), "--json")
    assert (refused.code, refused.err.partition(":")[0]) == (2, Code.USAGE_CONSENT_WITHDRAWN.value)
    assert desk.mlid("identify", *finger(CLEO, 4), "--json").json["candidates"] == []
    due = vault.mlid("records", "due", "--json")
    assert [(subject["number"], subject["reason"]) for subject in due.json["due"]] == [("1003", "withdrawn")]
    assert desk.mlid("subject", "renew", "1003").code == 0
    assert desk.mlid("verify", "--number", "1003", *finger(CLEO, 4), "--json").code == 0
    assert vault.mlid("records", "due", "--json").json == {"due": []}
    gone = vault.mlid("subject", "withdraw", "1003", *vault.with_second, "--json")
    assert gone.json == {"withdrawn": "1003", "erased": True, "waits_for_register": False}
    assert vault.mlid("records", "show", "1003").code == 2


def test_consent_taken_back_while_the_register_is_away_holds_at_this_desk(
    vault: AtVault, finger: RecordedFingers, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.enrol("1004", "Cleo Ray", finger(CLEO, 1, 2, 3))

    def away(*_: object, **__: object) -> None:
        raise RegisterError(Code.REGISTER_UNREACHABLE)

    with monkeypatch.context() as patch:
        patch.setattr(SharedWrites, "held", away)
        gone = vault.mlid("subject", "withdraw", "1004", *vault.with_second, "--json")
        assert gone.json == {"withdrawn": "1004", "erased": False, "waits_for_register": True}
        refused = vault.mlid("verify", "--number", "1004", *finger(CLEO, 4), "--json")
        assert (refused.code, refused.err.partition(":")[0]) == (2, Code.USAGE_CONSENT_WITHDRAWN.value)
        assert vault.mlid("identify", *finger(CLEO, 4), "--json").json["candidates"] == []
    assert vault.mlid("subject", "renew", "1004").code == 0
    assert vault.mlid("verify", "--number", "1004", *finger(CLEO, 4), "--json").code == 0
    assert vault.mlid("subject", "withdraw", "1004", *vault.with_second, "--json").json["erased"]


def test_that_a_candidate_is_the_person_is_said_by_two(vault: AtVault, finger: RecordedFingers) -> None:
    asked = ("identify", *finger(BEN, 5), "--same", "1002")
    unexplained = vault.mlid(*asked, *vault.with_second)
    assert unexplained.code == 2
    alone = vault.mlid(*asked, "--reason", "same scar")
    assert (alone.code, alone.err.partition(":")[0]) == (4, Code.VAULT_SECOND_PERSON_NEEDED.value)
    said = vault.mlid(*asked, "--reason", "same scar", *vault.with_second, "--json")
    assert said.code == 0, said.err
    assert said.json["same"] == "1002"
    decided = [
        entry
        for entry in vault.mlid("audit", "show", "--json").json["entries"]
        if entry["event"] == "identification.decided"
    ]
    assert [(entry["facts"]["second"], entry["facts"]["outcome"]) for entry in decided] == [("olga", "same")]
    nobody = ("identify", *finger(BEN, 5), "--same", "1001", "--reason", "guess", *vault.with_second)
    assert vault.mlid(*nobody).code == 2


def test_that_somebody_similar_is_another_person_is_said_by_two(vault: AtVault, finger: RecordedFingers) -> None:
    twin = ("enrol", "--number", "1009", "--name", "Ada's Twin", "--consent", "accepted", *finger(ADA, 11, 12, 13))
    reviewed = (*twin, "--duplicate", "different", "--reason", "two people stand here")
    alone = vault.mlid(*reviewed)
    assert (alone.code, alone.err.partition(":")[0]) == (4, Code.VAULT_SECOND_PERSON_NEEDED.value)
    assert vault.mlid("records", "show", "1009").code == 2
    both = vault.mlid(*reviewed, *vault.with_second, "--json")
    assert both.code == 0, both.err
    erased = vault.mlid("records", "erase", "1009", "--reason", "mistake", *vault.with_second)
    assert erased.code == 0


def test_erasing_gives_a_certificate(vault: AtVault, finger: RecordedFingers, tmp_path: Path) -> None:
    vault.enrol("1004", "Dora May", finger(14, 1, 2, 3))
    paper = tmp_path / "certificate.pdf"
    done = vault.mlid("records", "erase", "1004", *vault.with_second, "--certificate", paper, "--json")
    assert done.code == 0, done.err
    assert done.json["erased"] == "1004"
    assert done.json["backups_that_may_hold_the_person"] == []
    assert paper.read_bytes().startswith(b"%PDF-")


def test_an_older_copy_of_the_vault_is_rid_of_the_erased_by_two_and_the_ledger(
    vault: AtVault, finger: RecordedFingers, tmp_path: Path
) -> None:
    vault.enrol("1011", "Gone Since", finger(15, 1, 2, 3))
    older = replace(vault, folder=tmp_path / "older")
    shutil.copytree(vault.folder, older.folder)
    assert vault.mlid("records", "erase", "1011", *vault.with_second).code == 0
    ledger = tmp_path / "erasures.json"
    by = ("--operator", "supervisor", "--passphrase-file", vault.passphrase_file)
    assert mlid("vault", "ledger", vault.folder, "--out", ledger, *by).code == 0
    assert mlid("vault", "ledger", vault.folder, "--out", ledger, *by).code == 2
    assert "Gone Since" not in ledger.read_text()
    assert older.mlid("records", "show", "1011").code == 0
    alone = mlid("vault", "replay-erasures", older.folder, ledger, *by)
    assert (alone.code, alone.err.partition(":")[0]) == (4, Code.VAULT_SECOND_PERSON_NEEDED.value)
    both = mlid("vault", "replay-erasures", older.folder, ledger, *by, *vault.with_second, "--json")
    assert (both.code, both.json) == (0, {"erased": 1}), both.err
    assert older.mlid("records", "show", "1011").code == 2
    assert older.mlid("records", "show", "1001").code == 0


def test_a_person_gets_all_that_is_kept_about_them_and_nothing_of_others(vault: AtVault, tmp_path: Path) -> None:
    alone = vault.mlid("subject", "export", "1001", "--out", tmp_path / "ada.json")
    assert (alone.code, alone.err.partition(":")[0]) == (4, Code.VAULT_SECOND_PERSON_NEEDED.value)
    done = vault.mlid("subject", "export", "1001", "--out", tmp_path / "ada.json", *vault.with_second)
    assert done.code == 0, done.err
    told = json.loads((tmp_path / "ada.json").read_text())
    assert (told["number"], told["name"]) == ("1001", "Ada Low")
    assert told["consent"]["text"][0]["head"] == "What is collected"
    assert told["templates"][0]["characteristic"] == "fingerprint:right-index"
    assert len(told["templates"][0]["bytes"]) > 100
    assert told["what_was_done"][0]["event"] == "enrolment.saved"
    for other in ("Ben Ho", "1002", "olga", "supervisor"):
        assert other not in (tmp_path / "ada.json").read_text()
    assert vault.mlid("subject", "export", "1001", "--out", tmp_path / "ada.pdf", *vault.with_second).code == 0
    assert (tmp_path / "ada.pdf").read_bytes().startswith(b"%PDF-")


def test_statistics_tell_no_small_count(vault: AtVault, tmp_path: Path) -> None:
    for period in ("all", "month", "week", "day"):
        done = vault.mlid("stats", "export", "--period", period, "--out", tmp_path / f"{period}.csv", "--json")
        assert done.code == 0
        told = [row for row in done.json["rows"] if row["section"] == "acts"]
        assert all(row["number"] is None or row["number"] >= 5 for row in told)
        rows = list(csv.DictReader((tmp_path / f"{period}.csv").read_text().splitlines()))
        assert [row["what"] for row in rows] == [row["what"] for row in done.json["rows"]]
        assert {row["number"] for row in rows if row["section"] == "acts"} >= {""}
    refused = vault.mlid("stats", "export", "--on", "tomorrow")
    assert (refused.code, refused.err.partition(":")[0]) == (2, Code.USAGE_BAD_ARGUMENT.value)
    assert "too few" in vault.mlid("stats", "export").out


def test_the_policy_is_changed_by_two(tmp_path: Path, finger: RecordedFingers) -> None:
    desk = new_vault(tmp_path / "policy", demo=True)
    strict = ROOT / "resources" / "policy" / "strict.toml"
    assert desk.mlid("policy", "show", "--json").json["name"] != "strict"
    alone = desk.mlid("policy", "set", strict)
    assert (alone.code, alone.err.partition(":")[0]) == (4, Code.VAULT_SECOND_PERSON_NEEDED.value)
    assert desk.mlid("policy", "set", strict, *desk.with_second).code == 0
    assert desk.mlid("policy", "show", "--json").json["name"] == "strict"
    (tmp_path / "broken.toml").write_text("name = 1\n")
    assert desk.mlid("policy", "set", tmp_path / "broken.toml", *desk.with_second).code == 4


def test_consent_that_is_withdrawn_is_said_to_be_though_nobody_could_erase(vault: AtVault, tmp_path: Path) -> None:
    """The second person mistyped: the erasure is not done, the withdrawal is, and both are said."""
    wrong = tmp_path / "wrong"
    wrong.write_text("what nobody chose\n")
    done = vault.mlid("subject", "withdraw", "1001", "--second", SECOND, "--second-passphrase-file", wrong, "--json")
    assert (done.code, Code.VAULT_WRONG_PASSPHRASE.value in done.err) == (4, True)
    assert done.json == {"withdrawn": "1001", "erased": False, "waits_for_register": False}
    assert vault.mlid("records", "show", "1001", "--json").json["standing"] == "withdrawn"
