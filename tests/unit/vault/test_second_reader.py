"""FORMAT.md is complete: a reader written from it alone reads what the product wrote."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import mlid_desktop.vault
from mlid_desktop.domain.subjects import Role, Withdrawal
from mlid_desktop.domain.templates import Touch
from mlid_desktop.domain.text import number_key
from mlid_desktop.vault.callers.caller import Caller, to_base64url
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.schema import METADATA, TALLIED
from mlid_desktop.vault.subjects.drafts import DraftKind
from tests.makers import CAMERA, ENROLLED, INDEX
from tests.unit.vault.conftest import AGREED, PASSPHRASE, enrolment, witness
from tests.unit.vault.second_number import APOSTROPHES, BLANKS, DASHES, JOINERS, WITHOUT_SHAPE, key_of_number
from tests.unit.vault.second_reader import Reader
from tests.unit.vault.subjects.test_search_tables import TABLE, tabulated

FORMAT = Path(mlid_desktop.vault.__file__).with_name("FORMAT.md")
SPELT = (
    "\u00a0",
    "\u2003",
    "\u00ad",
    "\u0661",
    "\u0130",
    "\u1e9e",
    "\u0301",
    "\u0345",
    "\ufdfa",
    "\u1f88",
    "\u2028",
    "\u0149",
    "\u0958",
)
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


def test_a_second_reader_reads_drafts_and_a_test_after_a_rotation(vault: Vault, folder: Path) -> None:
    vault.attack_tests.begin(b"a plan", witness(vault))
    vault.attack_tests.append(b"shown", "print")
    made = vault.drafts.save(DraftKind.ENROLMENT, "5a" * 16, b"half way through")
    search = vault.drafts.save(DraftKind.SEARCH, "", b"found")
    vault.rotation.rotate()
    vault.lock()
    reader = Reader(folder, "sup", PASSPHRASE)
    assert reader.control["epoch"] == 2
    contents = reader.read()
    assert contents.drafts == {
        made.draft_id: ("enrolment", b"half way through"),
        search.draft_id: ("search", b"found"),
    }
    assert contents.attack_test == [b"a plan", b"shown"]


def test_every_spelling_of_a_number_has_the_key_that_the_format_says() -> None:
    marks = [*map(chr, (*WITHOUT_SHAPE, *DASHES, *APOSTROPHES)), *JOINERS, *BLANKS, *SPELT]
    spellings = [form.format(mark) for mark in marks for form in ("A{}1", "{}1", "1{}", "x {} 1", "\u0915{}\u093c")]
    spellings += [first + second + "7" for first in SPELT for second in (*JOINERS, *SPELT)]
    assert {text: key_of_number(text) for text in spellings} == {text: number_key(text) for text in spellings}
    assert key_of_number("\u3164A\u06617\u200c") == "a17"


def test_the_tables_of_the_format_are_those_of_the_database(vault: Vault) -> None:
    told = FORMAT.read_text(encoding="utf-8").partition("## 4 ")[2].partition("## 5 ")[0]
    rows = [line.split("|")[1:3] for line in told.splitlines() if line.startswith("| `")]
    listed = {
        name: re.findall(r"`([a-z_]+)`", columns) for names, columns in rows for name in re.findall(r"`(\w+)`", names)
    }
    listed["register_changes"] = listed["changes"]
    numbers, content = (
        re.findall(r"`(\w+)`", told.partition(f"{kind}:")[2].partition(". ")[0]) for kind in ("Numbers", "Bytes")
    )
    of_one = {"owner": "field_index", "digest": "changes"}  # text in other tables
    with vault._state.database.reading() as connection:
        for table in METADATA.tables:
            found = connection.exec_driver_sql(f"PRAGMA table_info({table})").all()
            assert [row[1] for row in found if row[1] != "place"] == [
                name for name in listed.pop(table) if name != "place"
            ]
            for _, name, kind, *_ in found:
                is_content = name in content and of_one.get(name, table) in {table, table.removeprefix("register_")}
                assert kind == ("INTEGER" if name in numbers else "BLOB" if is_content else "VARCHAR"), (table, name)
    assert not listed
    assert {"facts", "audit", "changes", "register_changes"} == set(METADATA.tables) - {table.name for table in TALLIED}


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
