"""Suspicions at the real command line: who and what is listed, and two people who let a person try anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import ShownInstead
from tests.command_line import ADA, BEN, SECOND, AtVault, Ran, RecordedFingers, mlid, new_vault

ADA_IS_CALLED = "Ada [/b] :cd:"  # what a console might take for marks of its own
RELEASE = ("--reason", "poor_light", "--document", "identity_document")


@pytest.fixture
def vault(tmp_path: Path, finger: RecordedFingers) -> AtVault:
    """Ada and Ben are enrolled. Of Ada a picture of an earlier touch was shown again: a suspicion."""
    made = new_vault(tmp_path / "desk", demo=True)
    for number, name, seed in (("1001", ADA_IS_CALLED, ADA), ("1002", "Ben Ho", BEN)):
        made.enrol(number, name, finger(seed, 1, 2, 3))
    assert verify(made, finger(ADA, 5)).code == 0
    again = verify(made, finger(ADA, 5))
    assert (again.code, again.json["reasons"]) == (1, ["attack_suspected"])
    return made


def verify(vault: AtVault, presented: tuple[str, str], number: str = "1001") -> Ran:
    return vault.mlid("verify", "--number", number, *presented, "--json")


def listed(vault: AtVault) -> tuple[list[tuple[str, int, bool]], list[tuple[str, int]]]:
    """People with their suspicions and whether they may be released, and devices with theirs."""
    told = vault.mlid("suspicions", "list", "--json").json
    people = [(person["number"], person["suspicions"], person["may_release"]) for person in told["people"]]
    return people, [(device["modality"], device["suspicions"]) for device in told["devices"]]


def fault(ran: Ran) -> tuple[int, str]:
    return ran.code, ran.err.partition(":")[0]


def test_two_people_who_saw_a_document_let_a_person_try_anew(vault: AtVault, finger: RecordedFingers) -> None:
    assert listed(vault) == ([("1001", 1, True)], [("fingerprint", 1)])
    assert verify(vault, finger(ADA, 6)).json["reasons"] == ["more_is_asked"]  # one finger is not enough any more
    before = vault.mlid("audit", "show", "--json").json["entries"]
    done = vault.mlid("suspicions", "release", "1001", *RELEASE, *vault.with_second, "--json")
    assert (done.code, done.json["released"]) == (0, "1001")
    assert listed(vault) == ([], [("fingerprint", 1)])  # of the device it stays: bad light is seen by it
    assert verify(vault, finger(ADA, 6)).json["verdict"] == "accepted"
    entries = vault.mlid("audit", "show", "--json").json["entries"]
    assert entries[: len(before)] == before
    (released,) = [entry["facts"] for entry in entries if entry["event"] == "attempts.released"]
    assert (released["second"], released["reason"], released["how"]) == (SECOND, "poor_light", "identity_document")


def test_the_list_says_names_as_they_are(vault: AtVault) -> None:
    for command in (("suspicions", "list"), ("records", "list")):
        shown = vault.mlid(*command)
        assert shown.code == 0, shown.err
        assert ADA_IS_CALLED in shown.out


def test_nobody_releases_alone_or_without_a_document(vault: AtVault, finger: RecordedFingers) -> None:
    release = ("suspicions", "release", "1001", "--reason", "poor_light", "--document")
    seen = (*release, ShownInstead.IDENTITY_DOCUMENT.value)
    oneself = ("--second", vault.operator, "--second-passphrase-file", vault.passphrase_file)
    needed = (4, Code.VAULT_SECOND_PERSON_NEEDED.value)
    assert fault(vault.mlid(*seen)) == needed
    assert fault(vault.mlid(*seen, *oneself)) == needed
    for no_document in (ShownInstead.RECEIPT, ShownInstead.KNOWN_TO_STAFF):
        refused = vault.mlid(*release, no_document.value, *vault.with_second)
        assert fault(refused) == (2, Code.USAGE_BAD_ARGUMENT.value)
    assert listed(vault)[0] == [("1001", 1, True)]
    assert verify(vault, finger(ADA, 6)).json["reasons"] == ["more_is_asked"]


def test_an_operator_releases_with_a_supervisor_beside(vault: AtVault) -> None:
    olga = vault.by(SECOND)
    supervisor = ("--second", vault.operator, "--second-passphrase-file", vault.passphrase_file)
    assert olga.mlid("suspicions", "release", "1001", *RELEASE, *supervisor).code == 0
    assert listed(vault)[0] == []


def test_there_is_nothing_to_release_of_others(vault: AtVault) -> None:
    for number in ("1002", "nobody"):
        done = vault.mlid("suspicions", "release", number, *RELEASE, *vault.with_second)
        assert fault(done) == (2, Code.USAGE_NOTHING_TO_RELEASE.value)


def test_where_nothing_was_suspected_the_list_says_so(tmp_path: Path) -> None:
    quiet = new_vault(tmp_path / "quiet", demo=True)
    assert quiet.mlid("suspicions", "list").out == "No attack was suspected in the last seven days.\n"
    assert mlid("suspicions", "list").code == 2  # no vault is named


def test_a_search_by_an_image_that_a_candidate_gave_names_nobody(vault: AtVault, finger: RecordedFingers) -> None:
    copied = vault.mlid("identify", *finger(BEN, 2), "--json")
    assert (copied.code, copied.json["reasons"]) == (1, ["attack_suspected"])
    assert "candidates" not in copied.json
    assert "Ben" not in copied.out
    assert listed(vault)[1] == [("fingerprint", 1), ("fingerprint", 1)]
    searched = vault.mlid("identify", *finger(BEN, 7), "--json")
    assert [found["number"] for found in searched.json["candidates"]] == ["1002"]


def test_nobody_is_enrolled_by_images_that_another_person_gave(vault: AtVault, finger: RecordedFingers) -> None:
    newcomer = ("enrol", "--number", "1003", "--name", "Eve Low", "--consent", "accepted", "--json")
    copied = vault.mlid(*newcomer, *finger(BEN, 2, 8, 9))
    assert (copied.code, copied.json["reasons"]) == (1, ["attack_suspected"])
    assert "Ben" not in copied.out
    assert listed(vault)[1] == [("fingerprint", 1), ("fingerprint", 1)]
    assert vault.mlid("records", "show", "1003").code == 2  # nobody was saved
    twice = vault.mlid(*newcomer, *finger(BEN, 7, 8, 9))
    assert twice.json["reasons"] != ["attack_suspected"]  # the same person again is for people to judge
