"""FORMAT.md is complete: a reader written from it alone reads what the product wrote."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

from mlid_desktop.domain.subjects import Role, Withdrawal
from mlid_desktop.domain.templates import Touch
from mlid_desktop.vault.callers.caller import Caller, to_base64url
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from tests.makers import CAMERA, ENROLLED, INDEX
from tests.unit.vault.conftest import AGREED, PASSPHRASE, enrolment, witness
from tests.unit.vault.second_reader import Reader
from tests.unit.vault.subjects.test_search_tables import TABLE, tabulated

ACTS = {"enrolment.saved": 2, "consent.withdrawn": 1, "subject.erased/requested": 1}


def test_a_second_reader_reads_everything(vault: Vault, folder: Path) -> None:
    kept, gone = vault.save(enrolment("1001", "Amara Okoye")), vault.save(enrolment("1002", "Bram de Wit"))
    vault.count_attempt(kept.subject_id)
    vault.count_attempt(None)
    vault.settings.register_device(CAMERA, witness(vault))
    vault.settings.store_policy("policy", b"format = 1", witness(vault))
    vault.operators.add("clerk", Role.OPERATOR, "clerk's passphrase", witness(vault), FLOOR)
    vault.subject_rights.withdraw_consent(kept.subject_id, Withdrawal(ENROLLED, "Eve Okoye"))
    vault.subject_rights.renew_consent(kept.subject_id, AGREED)
    erased = vault.subject_rights.erase(gone.subject_id, witness(vault))
    signed = vault.audit.sign_checkpoint()
    references = vault.references(kept.subject_id)
    vault.lock()

    contents = Reader(folder, "sup", PASSPHRASE).read()

    assert contents.demo
    assert contents.names == {"1001": "Amara Okoye"}
    assert contents.templates == {kept.subject_id: [reference.template.payload for reference in references]}
    assert {setting["characteristic"] for setting in contents.settings} == {"face", "fingerprint:right-index"}
    assert contents.governed["blob/policy"] == b"format = 1"
    assert [entry["event"] for entry in contents.audit] == [
        "enrolment.saved",
        "enrolment.saved",
        "device.registered",
        "settings.stored",
        "operator.added",
        "consent.withdrawn",
        "consent.renewed",
        "subject.erased",
        "checkpoint.signed",
    ]
    assert contents.ledger == [(1, gone.subject_id, erased.entry.erased_at.isoformat(), "requested")]
    assert [checkpoint["sequence"] for checkpoint in contents.checkpoints] == [signed.sequence]
    assert [act for _, act, _ in contents.changes] == ["checkpoint.signed"]  # what was before it is cut off
    assert contents.standing == {kept.subject_id: (ENROLLED.date().isoformat(), 1095, "held")}
    here = ENROLLED.astimezone()
    acts = contents.figures[here.date().isoformat(), "acts"]
    assert acts == {name: {str(here.hour): count} for name, count in ACTS.items()}
    assert Reader(folder, "clerk", "clerk's passphrase").data == Reader(folder, "sup", PASSPHRASE).data
    assert Reader(folder, "clerk", "clerk's passphrase").control_root == b""


def test_a_second_reader_follows_the_changes(vault: Vault, folder: Path) -> None:
    person = vault.save(enrolment("1001"))
    vault.count_attempt(person.subject_id)
    vault.count_attempt(None)
    vault.rotation.rotate()
    gone = vault.subject_rights.erase(person.subject_id, witness(vault)).entry.subject_id
    vault.lock()
    contents = Reader(folder, "sup", PASSPHRASE).read()
    assert contents.changes[0] == (1, "vault.made", "")
    assert [change[1:] for change in contents.changes if change[1] != "upkeep"] == [
        ("vault.made", ""),
        ("enrolment.saved", person.subject_id),
        ("attempt.counted", person.subject_id),
        ("attempt.counted", ""),
        ("roots.rotated", ""),
        ("subject.erased", gone),
    ]


def test_a_second_reader_reads_what_format_3_added(vault: Vault, folder: Path) -> None:
    image = Touch(INDEX, b"\x07" * 32, b"minutiae")
    person = vault.save(replace(tabulated("1"), touches=(image,)))
    vault.callers.turn(47263)
    caller = Caller("c" * 32, "Front desk", ("recognition",), ENROLLED, key=to_base64url(b"k" * 32))
    vault.callers.admit(caller, witness(vault))
    vault.rotation.rotate()
    finger = next(kept for kept in vault.references(person.subject_id) if kept.template.characteristic == INDEX)
    vault.lock()

    contents = Reader(folder, "sup", PASSPHRASE).read()  # the chain of the answers' key is checked too

    assert contents.search_tables == {finger.reference_id: (TABLE.version, TABLE.content)}
    ((characteristic, *encoded),) = contents.touches[person.subject_id]
    assert characteristic == "fingerprint:right-index"
    assert [b64decode(part) for part in encoded] == [image.digest, image.geometry]
    known = json.loads(contents.governed["callers"])
    assert (known["port"], [told["name"] for told in known["callers"]]) == (47263, ["Front desk"])
    assert len(json.loads(contents.governed["answer-chain"])) == 2
