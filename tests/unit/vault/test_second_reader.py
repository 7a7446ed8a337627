"""FORMAT.md is complete: a reader written from it alone reads what the product wrote."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.slots import FLOOR
from mlid_desktop.vault.vault import Vault
from tests.makers import CAMERA
from tests.unit.vault.conftest import PASSPHRASE, enrolment
from tests.unit.vault.second_reader import Reader


def test_a_second_reader_reads_everything(vault: Vault, folder: Path) -> None:
    kept, gone = vault.save(enrolment("1001", "Amara Okoye")), vault.save(enrolment("1002", "Bram de Wit"))
    vault.count_attempt(kept.subject_id)
    vault.count_attempt(None)
    vault.register_device(CAMERA)
    vault.store_blob("policy", b"format = 1")
    vault.add_operator("clerk", Role.OPERATOR, "clerk's passphrase", FLOOR)
    vault.erase(gone.subject_id)
    references = vault.references(kept.subject_id)
    vault.lock()

    contents = Reader(folder, "sup", PASSPHRASE).read()

    assert contents.demo
    assert contents.names == {"1001": "Amara Okoye"}
    assert contents.templates == {kept.subject_id: [one.template.payload for one in references]}
    assert {one["characteristic"] for one in contents.settings} == {"face", "fingerprint:right-index"}
    assert contents.governed["blob/policy"] == b"format = 1"
    assert [entry["event"] for entry in contents.audit] == ["device.registered", "settings.stored", "operator.added"]
    assert Reader(folder, "clerk", "clerk's passphrase").data == Reader(folder, "sup", PASSPHRASE).data
    assert Reader(folder, "clerk", "clerk's passphrase").control_root == b""
