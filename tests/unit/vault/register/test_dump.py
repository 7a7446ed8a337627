"""What a dump and the write-ahead log of the server hold: ciphertext. And who was erased stays closed in an old one."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Details, Enrolment, ErasureReason
from mlid_desktop.vault.store.register.items import Item
from mlid_desktop.vault.unlocked.register.rows import SharedRows
from tests.site_schemas import clinic
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, witness
from tests.unit.vault.register.conftest import Desks, code_of

if TYPE_CHECKING:
    from mlid_desktop.vault.lifecycle import Vault

NAME, NUMBER = "Quintessa Featherstonehaugh", "NUM-48151623-XYZ"
BORN, MEMBER, PHONE = "1971-04-23", "79927398713", "+33612345678"  # values of a site's own fields


def plain(vault: Vault) -> list[bytes]:
    """What must not be found: names, numbers, staff, passphrases, keys, templates."""
    keys = vault._state.keys
    link = vault.register.link
    assert link is not None
    secret = [keys.roots.data, keys.roots.control or b"", keys.subjects.blind, keys.subjects.tally, link.desk.seed]
    wraps = {bytes(keys.subjects.wrap_for(person.subject_id)) for person in vault.directory()}
    texts = [NAME, NUMBER, BORN, MEMBER, PHONE, "Date of birth", "Person 1", WITNESS[0], WITNESS[1], PASSPHRASE]
    templates = [held.template.payload for kind in Modality for held in vault.all_references(kind)]
    templates = [payload for payload in templates if len(payload) == 64]
    assert len(templates) == 2
    return [text.encode() for text in texts] + [bytes(part) for part in (*secret, *wraps, *templates)]


def person_of_random_templates() -> Enrolment:
    """Somebody whose templates are found by their bytes wherever they stand."""
    person = enrolment(NUMBER, NAME)
    captures = []
    for capture in person.captures:
        assert capture.template is not None
        captures.append(replace(capture, template=replace(capture.template, payload=os.urandom(64))))
    fields = (("born.1", BORN), ("membership.1", MEMBER), ("phone.1", PHONE))
    return replace(person, details=Details(NUMBER, NAME, fields=fields), captures=tuple(captures))


def dumped(desks: Desks) -> bytes:
    """A dump of the register as the administrator makes it, with bytes as bytes."""
    command = [
        str(desks.server.bin / "pg_dump"),
        "--host=127.0.0.1",
        f"--port={desks.server.port}",
        "--username=postgres",
    ]
    made = subprocess.run(
        [*command, "--format=custom", "--compress=0", desks.database], capture_output=True, check=True
    )
    return made.stdout


def test_dump_and_log_tell_nothing(desks: Desks) -> None:
    desks.writing.site_fields.store(clinic(), witness(desks.writing))
    desks.writing.save(person_of_random_templates())
    desks.writing.operators.change_passphrase(PASSPHRASE, PASSPHRASE + "!")
    desks.writing.register.send()
    desks.reading.register.fetch()
    desks.sql("CHECKPOINT")
    log = b"".join(path.read_bytes() for path in (desks.server.folder / "data" / "pg_wal").iterdir() if path.is_file())
    oid = desks.sql("SELECT oid FROM pg_database WHERE datname = current_database()")[0][0]
    files = b"".join(path.read_bytes() for path in (desks.server.folder / "data" / "base" / str(oid)).iterdir())
    wanted = plain(desks.writing)
    assert len(wanted) >= 18
    for whole in (dumped(desks), log, files):
        assert len(whole) > 10_000
        for secret in wanted:
            assert secret not in whole
            assert secret.hex().encode() not in whole


def test_an_erased_person_stays_closed_in_an_old_dump(desks: Desks) -> None:
    person = desks.writing.save(enrolment(NUMBER, NAME))
    desks.writing.register.send()
    desks.reading.register.fetch()
    listed = desks.sql("SELECT kind, key, mark, body, extractor FROM mlid.item")
    desks.writing.subject_rights.erase(person.subject_id, witness(desks.writing), ErasureReason.REQUESTED)
    desks.writing.register.send()
    desks.reading.register.fetch()
    old = [Item(kind, key, mark, body, extractor) for kind, key, mark, body, extractor in listed]
    own = [item for item in old if item.key[:16].hex() == person.subject_id]
    assert len(own) == 4
    for vault in (desks.writing, desks.reading):
        rows = SharedRows(vault._state.keys, vault.identity)
        (subject,) = (item for item in own if item.kind == "subjects")
        assert code_of(partial(rows.row_of, subject)) == Code.VAULT_DAMAGED.value
        others = [item for item in old if item.kind == "subjects" and item is not subject]
        opened = 0
        for item in others:
            try:
                rows.row_of(item)
            except VaultError:
                continue
            opened += 1
        assert opened == len([item for item in others if item.key[0] != subject.key[0]])
