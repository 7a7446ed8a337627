"""FORMAT.md is complete of what desks of a register leave at the server, and of what stands in keyed marks."""

from __future__ import annotations

import hmac
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Journey, Suspicion
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.templates import Touch
from mlid_desktop.vault.crypto.tls_certificates import CertificateAuthority
from mlid_desktop.vault.keys.desk_keys import DeskKeys
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.changes.change import Point
from mlid_desktop.vault.store.schema import SHARED
from mlid_desktop.vault.subjects.suspicion_log import Attempt
from mlid_desktop.vault.unlocked.register.desk_words import DeskWord, word_bytes
from mlid_desktop.vault.unlocked.register.joining import Applying, JoinAnswer, code_of
from mlid_desktop.vault.unlocked.register.link import RegisterLink
from mlid_desktop.vault.unlocked.register.prekeys import published, refilled, sealed_to_desk
from mlid_desktop.vault.unlocked.register.rows import SharedRows, shared_rows
from mlid_desktop.vault.unlocked.register.writing.attempt_notes import KeptAttempts, Said
from mlid_desktop.vault.unlocked.register.writing.attempt_rows import AttemptRows
from tests.makers import CAMERA, ENROLLED, INDEX
from tests.unit.vault.conftest import PASSPHRASE, enrolment, witness
from tests.unit.vault.second_bytes import bind
from tests.unit.vault.second_item_reader import (
    join_code,
    mark_of,
    name_in_attempts,
    prekey_bytes,
    read_answer,
    read_attempts,
    read_item,
    read_mail,
    read_word,
)
from tests.unit.vault.second_reader import Reader
from tests.unit.vault.subjects.test_search_tables import tabulated
from tests.unit.vault.unlocked.shown_people import shown_person

WITHOUT_ROWS = {"records_voice", "shared_numbers", "field_index"}  # in this vault
P_256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # order of the curve (SEC 2)


def own_desk(vault: Vault) -> DeskKeys:
    return vault._state.signing_desk()


def test_a_second_reader_reads_every_item(vault: Vault, folder: Path) -> None:
    vault.save(replace(tabulated("1"), touches=(Touch(INDEX, b"\x07" * 32, b"minutiae"),)))
    vault.save(shown_person("2"))
    vault.settings.store_policy("policy", b"format = 1", witness(vault))
    vault.subject_rights.erase(vault.save(enrolment("3")).subject_id, witness(vault))
    state, reader = vault._state, Reader(folder, "sup", PASSPHRASE)
    items = SharedRows(state.keys, state.identity)
    kinds = set()
    with state.database.reading() as connection:
        for table, row in shared_rows(connection):
            item = items.item_of(table, row, items.mark_of(table, row))
            read = read_item(reader, bytes(state.keys.subjects.wrap), item.kind, item.key, item.extractor, item.body)
            assert read == list(row)
            assert item.mark == mark_of(reader, item.kind, read)
            kinds.add(item.kind)
    assert kinds == {table.name for table in SHARED} - WITHOUT_ROWS


def test_a_second_reader_reads_mail_answers_and_words(vault: Vault, folder: Path) -> None:
    state, reader, desk = vault._state, Reader(folder, "sup", PASSPHRASE), own_desk(vault)
    kept = refilled({})
    prekey = published(kept, desk, state.identity)[0]
    sealed = sealed_to_desk(prekey, desk.desk, desk.sign_pk, b"bucket keys", state.identity)
    bound = prekey_bytes(reader.header, desk.desk, prekey.identifier, prekey.public)
    assert read_mail(kept[prekey.identifier.hex()], sealed, bound) == b"bucket keys"

    applying = Applying.begun(desk, b"-----BEGIN CERTIFICATE REQUEST-----")
    asked = applying.applicant
    code = join_code(asked.desk, asked.sign_key, asked.box_key, asked.once_key, asked.tls_request)
    assert code == code_of(asked) == applying.code.replace("-", "")
    answer = JoinAnswer(b"{}\n", b"a certificate", b"entries", b"first", b"key")
    told = read_answer(bytes(applying.once), code, answer.sealed(asked))
    assert told == {name: getattr(answer, name) for name in JoinAnswer.__slots__}

    point, word = Point(7, b"\x05" * 32), DeskWord("Front desk", "0.1.0", ENROLLED, 3, 6)
    content = word.sealed(desk.desk, state.keys.roots, state.identity)
    signature = desk.sign(word_bytes(state.identity, desk.desk, point, content))
    said = read_word(reader, desk.desk, desk.sign_pk, point.written(), content, signature)
    assert (said["name"], said["at"], said["erased"], said["keys"]) == ("Front desk", ENROLLED.isoformat(), 3, 6)


def test_a_second_reader_reads_failed_attempts(vault: Vault, folder: Path) -> None:
    state, reader, desk = vault._state, Reader(folder, "sup", PASSPHRASE), own_desk(vault)
    person, other = "1" * 32, "2" * 32
    kept = KeptAttempts(Said((7, 9), {other: 4}), 9)
    row = AttemptRows(state.keys, state.identity).row_of(person, kept, RegisterLink({}, True, desk, "Front desk"))
    assert row.person == name_in_attempts(reader, person)
    said = read_attempts(reader, row.desk, desk.sign_pk, row.person, row.number, row.sealed, row.signature)
    assert (row.number, said) == (9, {"failed": [7, 9], "cleared": {other: 4}})


def test_the_authority_of_a_register_follows_from_the_control_root(vault: Vault, folder: Path) -> None:
    reader = Reader(folder, "sup", PASSPHRASE)
    number = int.from_bytes(reader.derive(reader.control_root, b"register-authority"), "big") % (P_256 - 1) + 1
    made = CertificateAuthority(reader.control_root, reader.vault).certificate(ENROLLED)
    known = x509.load_pem_x509_certificate(made).public_key()
    assert known == ec.derive_private_key(number, ec.SECP256R1()).public_key()


def test_marks_of_suspicions_are_those_of_the_format(vault: Vault, folder: Path) -> None:
    candidate = vault.suspicions.key_of("", "A\u3164-1")
    suspicion = Suspicion(FACE, SourceKind.LIVE, CAMERA)
    vault.suspicions.note(suspicion, Attempt("1" * 32, Journey.ENROLMENT, candidate))
    (noted,) = vault.suspicions.of_person(candidate)
    vault.lock()
    contents = Reader(folder, "sup", PASSPHRASE).read()

    def mark(*parts: str) -> str:
        return hmac.digest(contents.audit_entry_key, bind(b"suspicion", *(part.encode() for part in parts)), "sha256")[
            :16
        ].hex()

    assert candidate == "candidate/" + mark("candidate", "a -1")
    assert (noted.device, noted.operator) == (mark("device", CAMERA.scheme, CAMERA.key), mark("operator", "sup"))
    assert ("attempt.counted", candidate) in [change[1:] for change in contents.changes]
