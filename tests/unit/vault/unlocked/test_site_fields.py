"""The site's own fields in a vault: two people change them, no unique value stands twice, what is given up is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Details, Enrolment, ErasureReason
from mlid_desktop.site_fields.schema import FieldSchema, Values
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.restore import restore_backup
from mlid_desktop.vault.store.schema import FIELD_INDEX, GOVERNED, SUBJECTS
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.subjects.erasure_ledger import ledger_bytes, read_ledger
from mlid_desktop.vault.unlocked import site_fields
from tests.doubles import FixedClock
from tests.site_schemas import clinic
from tests.unit.vault.conftest import enrolment, reopened, replacing, witness
from tests.unit.vault.unlocked.conftest import OWNER, SECOND, erase

MEMBERS = ("79927398713", "4111111111111111", "6011000990139424")


def having(number: str, member: str, plan: str = "gold") -> Enrolment:
    """A person with a membership number and a plan."""
    person = enrolment(number)
    fields = (("membership.1", member), ("plan.1", plan))
    return replace(person, details=Details(number, "Amara Okoye", fields=fields))


@pytest.fixture
def clinical(vault: Vault) -> Vault:
    """A vault with fields and three people who have values."""
    vault.site_fields.store(clinic(), witness(vault))
    vault.save_all([having(str(index), member) for index, member in enumerate(MEMBERS)])
    return vault


def fewer(*names: str) -> FieldSchema:
    """The schema without these fields."""
    return FieldSchema(0, tuple(known for known in clinic().fields if known.name not in names))


def kept(vault: Vault, number: str) -> Values:
    """What is kept of a person in fields."""
    found = vault.find(number)
    assert found is not None
    assert vault.record(found.subject_id).details.fields == found.fields
    return found.fields


def finish(vault: Vault) -> None:
    """Destroys all that is to be destroyed."""
    while vault.site_fields.erase_next():
        pass


def stop(vault: Vault) -> None:
    """What a power cut leaves: files and the lock, let go by the system."""
    vault._state.database.close()
    vault._state.folder_lock.release()


class TestSchema:
    def test_it_is_stored_signed_with_the_next_version(self, vault: Vault, folder: Path, clock: FixedClock) -> None:
        assert vault.site_fields.schema() == FieldSchema()
        assert vault.site_fields.store(clinic(), witness(vault)).schema.version == 1
        assert vault.site_fields.store(clinic(), witness(vault)).schema.version == 2
        vault.lock()
        again = reopened(folder, clock)
        assert [known.key for known in again.site_fields.schema().fields] == [known.key for known in clinic().fields]
        with again._state.changing() as transaction:  # whoever holds the data root alone
            transaction.update(GOVERNED, GOVERNED.c.name == "blob/fields", value=b"version = 3")
        with pytest.raises(VaultError) as fault:
            again.site_fields.schema()
        assert fault.value.code is Code.VAULT_DAMAGED
        stop(again)

    def test_the_audit_names_who_changed_it_and_no_value(self, clinical: Vault) -> None:
        clinical.site_fields.store(fewer("plan"), witness(clinical))
        finish(clinical)
        entries = clinical.audit.entries()
        changed = [entry.facts for entry in entries if entry.event == "fields.changed"][-1]
        assert (changed["operator"], changed["second"], changed["erased"]) == ("sup", "witness", 1)
        written = " ".join(f"{entry.event} {entry.facts}" for entry in entries)
        assert not any(value in written for value in (*MEMBERS, "gold"))


class TestUnique:
    def test_nobody_gets_what_somebody_else_has(self, clinical: Vault) -> None:
        with pytest.raises(UsageError) as fault:
            clinical.save(having("9", MEMBERS[0]))
        assert (fault.value.code, fault.value.facts) == (Code.USAGE_FIELD_TAKEN, {"field": "membership"})
        with pytest.raises(UsageError):
            clinical.save_all([having("8", "30569309025904"), having("9", "30569309025904")])
        assert clinical.find("8") is clinical.find("9") is None

    def test_a_person_keeps_what_is_theirs_and_the_erased_have_nothing(self, clinical: Vault) -> None:
        first = clinical.find("0")
        assert first is not None
        anew = replace(having("0", MEMBERS[0]), subject_id=first.subject_id)
        clinical.subject_rights.enrol_anew(replacing(clinical, anew), witness(clinical))
        erase(clinical, "0")
        clinical.save(having("9", MEMBERS[0]))
        clinical.verify()

    def test_the_index_names_nobody_and_holds_no_value(self, clinical: Vault) -> None:
        with clinical._state.database.reading() as connection:
            rows = connection.execute(sa.select(FIELD_INDEX)).all()
            people = set(connection.execute(sa.select(SUBJECTS.c.subject)).scalars())
        assert {row.field for row in rows} == {"membership.1"}
        assert len(rows) == len({bytes(row.blind) for row in rows}) == len({bytes(row.owner) for row in rows}) == 3
        written = b"".join(bytes(row.blind) + bytes(row.owner) for row in rows)
        assert not any(bytes.fromhex(subject_id) in written for subject_id in people)
        assert not any(member.encode() in written for member in MEMBERS)

    def test_a_field_that_becomes_unique_is_indexed_and_those_who_share_keep_it(self, vault: Vault) -> None:
        loose = FieldSchema(0, tuple(replace(known, unique=False) for known in clinic().fields))
        vault.site_fields.store(loose, witness(vault))
        vault.save_all([having("1", MEMBERS[0]), having("2", MEMBERS[0])])
        vault.site_fields.store(clinic(), witness(vault))
        assert kept(vault, "1") == kept(vault, "2")
        with pytest.raises(UsageError):
            vault.save(having("3", MEMBERS[0]))

    @pytest.mark.parametrize("deep", [False, True])
    def test_it_holds_after_a_rotation(self, clinical: Vault, deep: bool) -> None:
        clinical.rotation.rotate(deep=deep)
        clinical.verify()
        with pytest.raises(UsageError):
            clinical.save(having("9", MEMBERS[1]))
        clinical.save(having("8", "30569309025904"))

    def test_who_types_what_others_have_again_and_again_is_told_nothing_more(
        self, clinical: Vault, clock: FixedClock
    ) -> None:
        theirs: Values = (("membership.1", MEMBERS[0]),)
        for _ in range(site_fields.MOST_PROBES):
            with pytest.raises(UsageError) as fault:
                clinical.site_fields.require_unused("f" * 32, theirs)
            assert fault.value.code is Code.USAGE_FIELD_TAKEN
        for values in (theirs, (("membership.1", "30569309025904"),)):
            with pytest.raises(UsageError) as fault:
                clinical.site_fields.require_unused("f" * 32, values)
            assert fault.value.code is Code.USAGE_FIELDS_PROBED
        clinical.site_fields.require_unused("f" * 32, (("plan.1", "gold"),))
        assert [notice.kind.value for notice in clinical.operators.notices()][-1] == "fields_probed"
        taken = [entry.facts for entry in clinical.audit.entries() if entry.event == "field.taken"]
        assert len(taken) == site_fields.MOST_PROBES
        assert MEMBERS[0] not in str(taken)
        clock.advance(3601)
        clinical.site_fields.require_unused("f" * 32, (("membership.1", "30569309025904"),))


class TestGivenUp:
    def test_values_are_destroyed_with_the_keys_that_they_were_under(self, clinical: Vault) -> None:
        clinical.save(enrolment("untouched"))
        keys = clinical._state.keys.subjects
        with clinical._state.database.reading() as connection:
            before = repository.bare_keys(connection, keys)
        faces = {person.subject_id: clinical.references(person.subject_id) for person in clinical.directory()}
        change = clinical.site_fields.store(fewer("plan"), witness(clinical))
        assert (change.gone, change.erasing) == (("plan",), 4)
        finish(clinical)
        with clinical._state.database.reading() as connection:
            after = repository.bare_keys(connection, clinical._state.keys.subjects)
        assert {who for who in before if before[who] == after[who]} == {
            person.subject_id for person in clinical.directory() if person.number == "untouched"
        }
        assert kept(clinical, "1") == (("membership.1", MEMBERS[1]),)
        assert clinical._state.keys.subjects.wrap != keys.wrap
        assert [entry.reason for entry in clinical.subject_rights.erasures()] == [ErasureReason.FIELD]
        for subject_id, references in faces.items():
            assert [reference.template.payload for reference in clinical.references(subject_id)] == [
                reference.template.payload for reference in references
            ]
        clinical.verify()

    @pytest.mark.parametrize("batches", [0, 1, 2, 3])
    def test_a_power_cut_loses_nothing_and_the_rest_follows(
        self, clinical: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, batches: int
    ) -> None:
        monkeypatch.setattr(site_fields, "PEOPLE_AT_A_TIME", 1)
        clinical.site_fields.store(fewer("plan"), witness(clinical))
        for _ in range(batches):
            clinical.site_fields.erase_next()
        stop(clinical)
        again = reopened(folder, clock)
        again.verify()
        assert again.site_fields.people_left() == max(1, 3 - batches)
        with pytest.raises(UsageError) as fault:
            again.site_fields.store(clinic(), witness(again))
        assert fault.value.code is Code.USAGE_FIELDS_BUSY
        finish(again)
        again.verify()
        assert [kept(again, number) for number in "012"] == [(("membership.1", member),) for member in MEMBERS]
        assert len(again.subject_rights.erasures()) == 1
        again.lock()

    def test_a_power_cut_while_a_batch_is_written_leaves_it_undone(
        self, clinical: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clinical.site_fields.store(fewer("plan"), witness(clinical))

        def cut(*_arguments: object) -> None:
            raise MemoryError

        monkeypatch.setattr("mlid_desktop.vault.store.commit.stage_head", cut)
        with pytest.raises(MemoryError):
            clinical.site_fields.erase_next()
        monkeypatch.undo()
        stop(clinical)
        again = reopened(folder, clock)
        again.verify()
        assert again.site_fields.people_left() == 3
        finish(again)
        assert kept(again, "0") == (("membership.1", MEMBERS[0]),)
        again.lock()

    def test_a_backup_of_before_brings_neither_field_nor_values_back(
        self, clinical: Vault, tmp_path: Path, clock: FixedClock
    ) -> None:
        clinical.backups.create(FolderTarget(tmp_path / "backup"))
        change = clinical.site_fields.store(fewer("membership"), witness(clinical))
        assert [backup.location for backup in change.backups] == [str(tmp_path / "backup")]
        finish(clinical)
        clinical.lock()
        restore_backup(FolderTarget(tmp_path / "backup"), tmp_path / "there", OWNER, clock, second=SECOND)
        there = reopened(tmp_path / "there", clock)
        there.verify()
        assert kept(there, "1") == (("plan.1", "gold"),)
        assert "membership" not in there.site_fields.schema().by_name
        there.save(having("9", MEMBERS[0]))
        anew = there.site_fields.store(clinic(), witness(there)).schema
        assert anew.by_name["membership"].since > 1
        there.lock()

    def test_a_later_ledger_takes_them_out_of_an_older_copy(
        self, clinical: Vault, folder: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        clinical.backups.create(FolderTarget(tmp_path / "backup"))
        (tmp_path / "backup").rename(tmp_path / "away")
        clinical.site_fields.store(fewer("membership"), witness(clinical))
        finish(clinical)
        later = read_ledger(ledger_bytes(clinical.subject_rights.erasures()))
        clinical.lock()
        restore_backup(FolderTarget(tmp_path / "away"), tmp_path / "there", OWNER, clock, second=SECOND)
        there = reopened(tmp_path / "there", clock)
        assert "membership" in there.site_fields.schema().by_name
        there.subject_rights.replay_erasures(later, witness(there))
        assert "membership" not in there.site_fields.schema().by_name
        finish(there)
        there.verify()
        assert kept(there, "1") == (("plan.1", "gold"),)
        there.lock()

    def test_the_next_visit_after_its_period_keeps_nothing_of_a_field(self, clinical: Vault, clock: FixedClock) -> None:
        first = clinical.find("0")
        assert first is not None
        clock.advance(timedelta(days=20).total_seconds())
        clinical.record_outcome(first.subject_id, accepted=True)
        clock.advance(timedelta(days=15).total_seconds())
        assert clinical.site_fields.due() == {"plan": 2}
        with pytest.raises(VaultError):
            clinical.site_fields.erase_due(None)
        assert clinical.site_fields.erase_due(witness(clinical)) == 3
        finish(clinical)
        assert clinical.site_fields.due() == {}
        assert [len(kept(clinical, number)) for number in "012"] == [2, 1, 1]
        assert clinical.subject_rights.erasures() == ()
        clinical.verify()
