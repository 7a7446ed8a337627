"""People whose references are of a model that is not installed: no search finds them, and each says how many they
are."""

from __future__ import annotations

from mlid_desktop.station.assemble import SystemClock
from mlid_desktop.vault.lifecycle import unlock_vault
from tests.command_line import ADA, PASSPHRASE, AtVault, RecordedFingers
from tests.unit.vault.conftest import enrolment

SAID = "1 enrolled person could not be compared, because the model of that reference is not installed here"


def test_who_cannot_be_compared_is_told_with_every_search(vault: AtVault, finger: RecordedFingers) -> None:
    opened = unlock_vault(vault.folder, operator_name=vault.operator, passphrase=PASSPHRASE, clock=SystemClock())
    opened.save_all([enrolment("1003")])
    opened.lock()

    found = vault.mlid("identify", *finger(ADA, 4), "--json")
    assert found.code == 0, found.err
    assert (found.json["gallery_size"], found.json["not_compared"], found.json["without_model"]) == (2, 0, 1)
    assert SAID in vault.mlid("identify", *finger(ADA, 5)).err

    enrol = ("enrol", "--name", "Cy Moe", "--consent", "accepted")
    enrolled = vault.mlid(*enrol, "--number", "1004", *finger(9, 1, 2, 3), "--json")
    assert enrolled.code == 0, enrolled.err
    assert (enrolled.json["not_compared"], enrolled.json["without_model"]) == (0, 1)
    assert SAID in vault.mlid(*enrol, "--number", "1005", *finger(10, 1, 2, 3)).out
    entries = vault.mlid("audit", "show", "--json").json["entries"]
    kept = [entry["facts"].get("not_compared") for entry in entries if entry["event"] == "enrolment.saved"]
    assert kept[-2:] == [1, 1]
