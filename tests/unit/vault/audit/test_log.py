"""The audit chain: what was written cannot be removed, changed, reordered or cut without being noticed, and named."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.audit import AuditFault, AuditFinding
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.audit.checkpoints import checkpoint_bytes, read_checkpoint
from mlid_desktop.vault.audit.events import require_known
from mlid_desktop.vault.audit.export import check_export
from mlid_desktop.vault.crypto.envelope import bind, seal
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.schema import AUDIT, FACTS
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened, witness

CLERK = "clerk's passphrase"


@pytest.fixture
def kept(vault: Vault) -> Vault:
    """A vault with five entries."""
    for number in range(5):
        vault.audit.append("vault.verified", {"number": number})
    return vault


def changed(vault: Vault, *statements: sa.UpdateBase) -> None:
    """Somebody who holds the data root writes to the database itself."""
    with vault._state.database.changing() as connection:
        for statement in statements:
            connection.execute(statement)


def moved_up(first: int) -> list[sa.UpdateBase]:
    """Every entry from there on takes the place before it."""
    return [
        sa.update(AUDIT).where(AUDIT.c.sequence == sequence).values(sequence=sequence - 1)
        for sequence in range(first, 6)
    ]


def exchanged(first: int, other: int) -> list[sa.UpdateBase]:
    """Two entries take each other's place."""
    steps = ((first, 99), (other, first), (99, other))
    return [sa.update(AUDIT).where(AUDIT.c.sequence == old).values(sequence=new) for old, new in steps]


@pytest.mark.parametrize(
    ("statements", "fault", "entry"),
    [
        ([sa.delete(AUDIT).where(AUDIT.c.sequence == 3)], AuditFault.REMOVED, 3),
        ([sa.delete(AUDIT).where(AUDIT.c.sequence == 3), *moved_up(4)], AuditFault.REMOVED, 3),
        ([sa.delete(AUDIT).where(AUDIT.c.sequence == 1), *moved_up(2)], AuditFault.REMOVED, 1),
        ([sa.delete(AUDIT).where(AUDIT.c.sequence == 5)], AuditFault.TRUNCATED, 5),
        ([sa.delete(AUDIT)], AuditFault.TRUNCATED, 1),
        ([sa.update(AUDIT).where(AUDIT.c.sequence == 2).values(mac=bytes(32))], AuditFault.CHANGED, 2),
        ([sa.update(AUDIT).where(AUDIT.c.sequence == 2).values(sealed=bytes(60))], AuditFault.CHANGED, 2),
        ([sa.update(AUDIT).where(AUDIT.c.sequence == 2).values(link=bytes(32))], AuditFault.CHANGED, 2),
        (exchanged(2, 4), AuditFault.REORDERED, 2),
        (exchanged(4, 5), AuditFault.REORDERED, 4),
        ([sa.insert(AUDIT).values(sequence=6, sealed=b"x", link=bytes(32), mac=bytes(32))], AuditFault.ADDED, 6),
    ],
)
def test_every_tampering_is_named(kept: Vault, statements: list[sa.UpdateBase], fault: AuditFault, entry: int) -> None:
    changed(kept, *statements)
    assert kept.audit.check().finding == AuditFinding(fault, entry)
    with pytest.raises(VaultError) as raised:
        kept.verify()
    assert raised.value.facts == {"what": f"audit entry {entry}", "how": fault.value}


def test_a_shorter_end_is_noticed_although_the_database_agrees(kept: Vault) -> None:
    """Whoever cuts the end and mends number and link cannot bring the key of that day back."""
    with kept._state.database.reading() as connection:
        link = connection.execute(sa.select(AUDIT.c.link).where(AUDIT.c.sequence == 3)).scalar_one()
    count = (3).to_bytes(8, "big")
    changed(
        kept,
        sa.delete(AUDIT).where(AUDIT.c.sequence > 3),
        sa.update(FACTS).where(FACTS.c.name == "audit-count").values(value=count),
        sa.update(FACTS).where(FACTS.c.name == "audit-link").values(value=link),
    )
    assert kept.audit.check().finding == AuditFinding(AuditFault.TRUNCATED, 4)


def test_whoever_takes_todays_keys_cannot_rewrite_yesterday(kept: Vault, folder: Path, clock: FixedClock) -> None:
    """A clerk holds the data root and the present audit key; the code of an old entry needs a key that is gone, and a
    signed checkpoint tells it to everybody."""
    kept.operators.add("clerk", Role.OPERATOR, CLERK, witness(kept), FLOOR)
    kept.lock()
    clerk = reopened(folder, clock, "clerk", CLERK)
    rewritten(clerk)
    assert clerk.audit.check().finding is None  # without a checkpoint a clerk cannot tell: links and order hold
    clerk.lock()
    supervisor = reopened(folder, clock, "sup")
    try:
        assert supervisor.audit.check().finding == AuditFinding(AuditFault.CHANGED, 1)
        with pytest.raises(VaultError):
            supervisor.audit.sign_checkpoint()
    finally:
        supervisor.lock()


def test_a_signed_checkpoint_lets_everybody_tell(kept: Vault, folder: Path, clock: FixedClock) -> None:
    kept.operators.add("clerk", Role.OPERATOR, CLERK, witness(kept), FLOOR)
    kept.audit.sign_checkpoint()
    kept.lock()
    clerk = reopened(folder, clock, "clerk", CLERK)
    try:
        assert clerk.audit.check().finding is None
        rewritten(clerk)
        assert clerk.audit.check().finding == AuditFinding(AuditFault.REWRITTEN, 7)
    finally:
        clerk.lock()


def rewritten(vault: Vault) -> None:
    """Every entry is replaced, with links that hold and codes under the present key."""
    keys = vault._state.keys.audit
    assert keys.first is None
    with vault._state.changing() as transaction:
        entries = transaction.connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)).all()
        link, present = bytes(32), transaction.facts["audit-key"]
        plain = b'{"at":"2026-01-05T10:00:00+00:00","event":"vault.verified","facts":{}}'
        for row in entries:
            position = row.sequence.to_bytes(8, "big")
            sealed = seal(keys.entries, plain, bind(b"audit", keys.identity.header, position))
            digests = hashlib.sha256(sealed).digest(), hashlib.sha256(plain).digest()
            covered = bind(b"audit", position, link, *digests)
            link = hashlib.sha256(covered).digest()
            forged = {"sealed": sealed, "link": link, "mac": hmac.digest(present, covered, "sha256")}
            transaction.connection.execute(sa.update(AUDIT).where(AUDIT.c.sequence == row.sequence).values(**forged))
        transaction.facts["audit-link"] = link


def test_a_vault_put_back_whole_is_told_by_a_checkpoint_from_outside(
    kept: Vault, folder: Path, clock: FixedClock, tmp_path: Path
) -> None:
    kept.lock()
    shutil.copytree(folder, tmp_path / "yesterday")
    today = reopened(folder, clock)
    today.audit.append("vault.verified", {})
    outside = checkpoint_bytes(today.audit.sign_checkpoint())
    assert today.audit.check(outside).finding is None
    today.audit.append("vault.verified", {})
    assert today.audit.check(outside).finding is None
    today.lock()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "yesterday", folder)
    back = reopened(folder, clock)
    assert back.audit.check().finding is None  # the vault alone cannot tell
    assert back.audit.check(outside).finding == AuditFinding(AuditFault.ROLLED_BACK, 6)
    for _ in range(3):
        back.audit.append("vault.verified", {"number": 7})
    assert back.audit.check(outside).finding == AuditFinding(AuditFault.REWRITTEN, 7)
    back.lock()


def test_records_put_back_without_a_new_entry_are_told_by_the_generation(vault: Vault) -> None:
    signed = vault.audit.sign_checkpoint()
    later = json.loads(checkpoint_bytes(signed))
    assert vault.audit.check(checkpoint_bytes(signed)).finding is None
    later["generation"] += 1
    forged = vault.audit.check(json.dumps(later, separators=(",", ":")).encode()).finding
    assert forged == AuditFinding(AuditFault.FORGED_CHECKPOINT, signed.sequence)


@pytest.mark.parametrize("name", ["vault", "sequence", "link", "generation", "at", "verify_key", "signature", "demo"])
def test_a_checkpoint_that_was_touched_is_no_witness(vault: Vault, name: str) -> None:
    content = json.loads(checkpoint_bytes(vault.audit.sign_checkpoint()))
    other = {"sequence": 0, "generation": 0, "at": "2020-01-01T00:00:00+00:00", "demo": False}
    value = content[name]
    content[name] = other[name] if name in other else value[:-2] + ("00" if value[-2:] != "00" else "11")
    report = vault.audit.check(json.dumps(content, separators=(",", ":")).encode())
    assert report.finding is not None
    assert report.finding.fault is AuditFault.FORGED_CHECKPOINT


@given(st.one_of(st.binary(max_size=300), st.recursive(st.none() | st.integers(), st.lists).map(
    lambda value: json.dumps(value).encode())))  # fmt: skip
def test_what_is_no_checkpoint_is_refused(untrusted: bytes) -> None:
    with pytest.raises(UsageError) as fault:
        read_checkpoint(untrusted)
    assert fault.value.code is Code.USAGE_BAD_ARGUMENT


def test_an_export_can_be_checked_without_any_key(kept: Vault) -> None:
    kept.audit.sign_checkpoint()
    outside = checkpoint_bytes(kept.audit.sign_checkpoint())
    lines = kept.audit.export()
    report = check_export(lines, outside)
    assert (report.entries, report.finding) == (8, None)
    told = [json.loads(json.loads(line)["entry"])["event"] for line in lines[1:-1]]
    assert told == ["vault.verified"] * 5 + ["checkpoint.signed"] * 2 + ["audit.exported"]
    assert check_export([*lines[:3], *lines[4:]], outside).finding == AuditFinding(AuditFault.REMOVED, 3)
    touched = lines[3].replace(r"\"number\":2", r"\"number\":3")
    assert touched != lines[3]
    assert check_export([*lines[:3], touched, *lines[4:]]).finding == AuditFinding(AuditFault.CHANGED, 3)
    assert check_export(lines[:4], outside).finding == AuditFinding(AuditFault.ROLLED_BACK, 4)
    with pytest.raises(UsageError):
        check_export(["no line of an export"])


def test_every_act_is_an_entry_and_none_names_the_person(vault: Vault) -> None:
    saved = vault.save(enrolment("1001", "Amara Okoye"))
    vault.subject_rights.erase(saved.subject_id, witness(vault))
    entries = vault.audit.entries()
    assert [entry.event for entry in entries] == ["enrolment.saved", "subject.erased"]
    assert all(entry.facts["subject"] == saved.subject_id for entry in entries)
    assert entries[1].facts["second"] == "witness"
    assert "Amara" not in str(entries)
    assert "1001" not in str(entries)
    assert vault.audit.entries(2, 2) == entries[1:]


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("something.else", {}),
        ("subject.erased", {"number_of_the_person": "1001"}),
        ("subject.erased", {"subject": "Amara Okoye"}),
        ("verification.decided", {"verdict": "Amara Okoye"}),
        ("verification.decided", {"score": 0.71}),
        ("verification.decided", {"attested": "yes"}),
        ("import.ended", {"saved": 0.5}),
        ("import.ended", {"saved": True}),
    ],
)
def test_what_has_no_place_in_the_audit_is_refused(vault: Vault, event: str, facts: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="the audit"):
        vault.audit.append(event, facts)
    assert vault.audit.check().entries == 0


@given(st.text(max_size=40))
def test_no_text_but_codes_gets_in(text: str) -> None:
    for name in ("verdict", "reason", "subject"):
        try:
            require_known("verification.decided", {name: text})
        except ValueError:
            continue
        assert text.isascii()
        assert " " not in text


def test_refused_passphrases_are_an_entry_once_somebody_gets_in(vault: Vault, folder: Path, clock: FixedClock) -> None:
    vault.lock()
    for _ in range(3):
        with pytest.raises(VaultError):
            reopened(folder, clock, passphrase="not the passphrase")
    again = reopened(folder, clock)
    (entry,) = again.audit.entries()
    assert (entry.event, entry.facts["failed"]) == ("passphrase.refused", 3)
    again.lock()
