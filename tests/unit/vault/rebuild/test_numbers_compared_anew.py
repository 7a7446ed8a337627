"""A vault of format 2 whose people have numbers that are one number today (``format_2_shared_numbers``).

Its seven people were kept as "1012", "١٠١٢", "1012" behind a mark of direction, "01012", "A 7" with two spaces of which
one does not break, "a 7" and "۷۷".
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Journey, Suspicion
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.rebuild import migration_format_3
from mlid_desktop.vault.restore import Credential, restore_backup
from mlid_desktop.vault.store.commit import Commits
from mlid_desktop.vault.subjects import shared_numbers
from mlid_desktop.vault.subjects.suspicion_log import Attempt
from tests.doubles import FixedClock
from tests.makers import CAMERA, ROOT
from tests.unit.vault.conftest import PASSPHRASE, enrolment, reopened, replacing
from tests.unit.vault.rebuild.killed import die_in_child, kill_this_process
from tests.vectors.vault.make_vault import CLERK

KEPT = ROOT / "tests" / "vectors" / "vault" / "format_2_shared_numbers"
SHARED = {"1012": {"Amara Okoye", "Bahar Amini", "Chi Oda"}, "A 7": {"Eve Ek", "Femi Bello"}}
ALONE = {"01012": "Dara Ek", "77": "Gita Rao"}


@pytest.fixture
def old(folder: Path, clock: FixedClock) -> Path:
    """The old vault, days after its clerk was admitted."""
    clock.advance(3 * 86_400)
    shutil.copytree(KEPT / "vault", folder)
    return folder


def names(vault: Vault, number: str) -> set[str]:
    """Who has a number."""
    return {person.name for person in vault.people_with(number)}


def require_everybody(vault: Vault) -> None:
    """All seven are there, each under every spelling of the number, and those who share one are listed together."""
    assert vault.verify().subjects == 7
    for number, people in SHARED.items():
        assert names(vault, number) == names(vault, number.lower()) == people
    assert names(vault, "١٠١٢") == names(vault, " 1012\u200e") == SHARED["1012"]
    for number, name in ALONE.items():
        found = vault.find(number)
        assert found is not None
        assert found.name == name
    listed = [{vault.record(who).details.name for who in sharing} for sharing in vault.subject_rights.sharing_numbers()]
    assert sorted(listed, key=len) == [SHARED["A 7"], SHARED["1012"]]
    with pytest.raises(UsageError) as fault:
        vault.find("1012")
    assert fault.value.code is Code.USAGE_NUMBER_AMBIGUOUS


def test_nobody_is_merged_or_refused(old: Path, clock: FixedClock) -> None:
    reopened(old, clock, *CLERK).lock()
    vault = reopened(old, clock, "sup")
    require_everybody(vault)
    assert {vault.record(person.subject_id).details.number for person in vault.people_with("1012")} == {
        "1012", "١٠١٢", "\u200e1012",
    }  # fmt: skip
    for number in ("1012", "۱۰۱۲", "a  7", "77"):
        with pytest.raises(UsageError) as fault:
            vault.save(enrolment(number))
        assert fault.value.code is Code.USAGE_NUMBER_TAKEN
    vault.rotation.rotate(deep=True)
    require_everybody(vault)
    vault.lock()
    again = reopened(old, clock, "sup")
    require_everybody(again)
    again.lock()


def cut_in_the_index(patch: pytest.MonkeyPatch) -> None:
    """The index is half of before and half of now."""
    really = shared_numbers._reindex
    calls: list[int] = []

    def cutting(*given: object) -> None:
        calls.append(1)
        if len(calls) > 1:
            kill_this_process()
        really(*given)  # type: ignore[arg-type]

    patch.setattr(shared_numbers, "_reindex", cutting)


def cut_before_the_head(patch: pytest.MonkeyPatch) -> None:
    """The index is committed and the head is that of before."""
    really = Commits._publish

    def cutting(commits: Commits) -> None:
        if commits._unpublished is not None:
            kill_this_process()
        really(commits)

    patch.setattr(Commits, "_publish", cutting)


@pytest.mark.parametrize("step", ["before", "in", "after", "head"])
def test_a_kill_leaves_either(old: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    if step == "before":
        monkeypatch.setattr(migration_format_3, "compare_numbers_anew", kill_this_process)
    elif step == "after":
        monkeypatch.setattr(migration_format_3, "complete", kill_this_process)
    else:
        (cut_in_the_index if step == "in" else cut_before_the_head)(monkeypatch)
    die_in_child(lambda: reopened(old, clock, "sup"))
    monkeypatch.undo()
    vault = reopened(old, clock, "sup")
    require_everybody(vault)
    vault.lock()


def test_a_backup_of_before_and_one_of_now_bring_everybody_back(old: Path, tmp_path: Path, clock: FixedClock) -> None:
    vault = reopened(old, clock, "sup")
    vault.backups.create(FolderTarget(tmp_path / "now"))
    vault.lock()
    for backup, there in ((KEPT / "backup", tmp_path / "one"), (tmp_path / "now", tmp_path / "two")):
        owner, second = Credential("sup", PASSPHRASE), Credential(*CLERK)
        assert restore_backup(FolderTarget(backup), there, owner, clock, second=second).subjects == 7
        again = reopened(there, clock, "sup")
        require_everybody(again)
        again.lock()


def test_two_people_give_another_number_until_nobody_shares(old: Path, clock: FixedClock) -> None:
    vault = reopened(old, clock, "sup")
    amara, bahar, chi = sorted(vault.people_with("1012"), key=lambda person: person.name)
    rights = vault.subject_rights
    with pytest.raises(VaultError) as alone:
        rights.give_number(amara.subject_id, "2000", None)
    assert alone.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    for taken in ("1012", "٠١٠١٢", "۷۷", "a 7"):
        with pytest.raises(UsageError) as fault:
            rights.give_number(amara.subject_id, taken, vault.operators.confirm_second(*CLERK))
        assert fault.value.code is Code.USAGE_NUMBER_TAKEN
    candidate = vault.suspicions.key_of("nobody", "2000")
    shown = Suspicion(FACE, SourceKind.LIVE, CAMERA)
    vault.suspicions.note(shown, Attempt("1" * 32, Journey.ENROLMENT, candidate))
    rights.give_number(amara.subject_id, "۲۰۰۰", vault.operators.confirm_second(*CLERK))
    assert names(vault, "2000") == {"Amara Okoye"}
    assert not vault.suspicions.of_person(candidate)
    assert len(vault.suspicions.of_person(amara.subject_id)) == 1  # what was noted under a number comes with it
    assert vault.record(amara.subject_id).details.number == "2000"
    assert names(vault, "1012") == {"Bahar Amini", "Chi Oda"}
    rights.give_number(bahar.subject_id, "2001", vault.operators.confirm_second(*CLERK))
    found = vault.find("1012")
    assert found is not None
    assert found.subject_id == chi.subject_id
    with pytest.raises(UsageError) as settled:
        rights.give_number(chi.subject_id, "2002", vault.operators.confirm_second(*CLERK))
    assert settled.value.code is Code.USAGE_NUMBER_NOT_SHARED
    changed = [entry for entry in vault.audit.entries() if entry.event == "number.changed"]
    assert [entry.facts["subject"] for entry in changed] == [amara.subject_id, bahar.subject_id]
    assert all(entry.facts["second"] == CLERK[0] for entry in changed)
    assert vault.verify().subjects == 7
    vault.lock()


def test_erasing_or_enrolling_anew_one_of_them_leaves_the_others(old: Path, clock: FixedClock) -> None:
    vault = reopened(old, clock, "sup")
    amara, bahar, chi = sorted(vault.people_with("1012"), key=lambda person: person.name)
    anew = enrolment("1012", "Bahar Amini")
    object.__setattr__(anew, "subject_id", bahar.subject_id)
    vault.subject_rights.enrol_anew(replacing(vault, anew), vault.operators.confirm_second(*CLERK))
    assert names(vault, "1012") == SHARED["1012"]
    vault.subject_rights.erase(amara.subject_id, vault.operators.confirm_second(*CLERK))
    assert names(vault, "1012") == {"Bahar Amini", "Chi Oda"}
    vault.subject_rights.erase(bahar.subject_id, vault.operators.confirm_second(*CLERK))
    found = vault.find("١٠١٢")
    assert found is not None
    assert found.subject_id == chi.subject_id
    vault.subject_rights.erase(chi.subject_id, vault.operators.confirm_second(*CLERK))
    vault.save(enrolment("1012", "Somebody else"))
    assert vault.verify().subjects == 5
    vault.lock()


def test_somebody_enrolled_anew_with_another_number_leaves_the_group(old: Path, clock: FixedClock) -> None:
    vault = reopened(old, clock, "sup")
    eve, femi = sorted(vault.people_with("a 7"), key=lambda person: person.name)
    anew = enrolment("3000", "Eve Ek")
    object.__setattr__(anew, "subject_id", eve.subject_id)
    vault.subject_rights.enrol_anew(replacing(vault, anew), vault.operators.confirm_second(*CLERK))
    found = vault.find("A 7")
    assert found is not None
    assert found.subject_id == femi.subject_id
    assert names(vault, "3000") == {"Eve Ek"}
    assert vault.verify().subjects == 7
    vault.lock()
