"""What is destroyed costs the keys of one bucket, and a kill at any step of it leaves before or after."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mlid_desktop.domain.errors import VaultError
from mlid_desktop.domain.subjects import Enrolment
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys import key_file_codec
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, read_key_file
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store import atomic_files
from mlid_desktop.vault.store.commit import Commits
from mlid_desktop.vault.store.schema import DRAFTS, PORTRAIT_KEYS, SUBJECTS
from mlid_desktop.vault.subjects.drafts import DraftKind
from mlid_desktop.vault.subjects.subject_keys import bucket_of
from mlid_desktop.vault.unlocked import backups as unlocked_backups
from mlid_desktop.vault.unlocked import state as unlocked_state
from mlid_desktop.vault.unlocked.erasure import key_destruction
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened, witness
from tests.unit.vault.rebuild.killed import die_in_child, kill_this_process
from tests.unit.vault.unlocked.shown_people import shown_person

GONE, BESIDE, ELSEWHERE = "ab" + "0" * 30, "ab" + "1" * 30, "ac" + "0" * 30


def identified(subject_id: str, number: str) -> Enrolment:
    """A person with this identifier."""
    return replace(enrolment(number), subject_id=subject_id)


def wrapped(vault: Vault) -> dict[str, bytes]:
    """Everybody's wrapped key as it stands."""
    with vault._state.database.reading() as connection:
        rows = connection.execute(sa.select(SUBJECTS.c.subject, SUBJECTS.c.wrapped_key)).all()
    return {subject_id: bytes(key) for subject_id, key in rows}


def bucket_keys(vault: Vault) -> list[bytes]:
    wrap = bytes(vault._state.keys.subjects.wrap)
    return [wrap[at : at + 32] for at in range(0, len(wrap), 32)]


@pytest.fixture
def three(vault: Vault) -> Vault:
    """Two people of one bucket and one of the next."""
    vault.save_all([identified(GONE, "1"), identified(BESIDE, "2"), identified(ELSEWHERE, "3")])
    return vault


def test_an_erasure_makes_one_bucket_key_anew_and_touches_no_other_row(three: Vault) -> None:
    before, keys = wrapped(three), bucket_keys(three)
    three.subject_rights.erase(GONE, witness(three))
    after = wrapped(three)
    assert after[ELSEWHERE] == before[ELSEWHERE]
    assert after[BESIDE] != before[BESIDE]
    changed = [bucket for bucket, (old, new) in enumerate(zip(keys, bucket_keys(three), strict=True)) if old != new]
    assert changed == [bucket_of(GONE)]
    for key in (before[GONE], before[BESIDE]):
        with pytest.raises(VaultError):
            three._state.keys.subjects.unwrapped(GONE, key)
    assert three._state.keys.subjects.unwrapped(ELSEWHERE, before[ELSEWHERE])
    assert three.verify().subjects == 2


def test_drafts_stand_in_the_bucket_of_whom_they_would_enrol(three: Vault) -> None:
    three.drafts.save(DraftKind.ENROLMENT, GONE, b"half way")
    kept = three.drafts.save(DraftKind.ENROLMENT, BESIDE, b"further")
    search = three.drafts.save(DraftKind.SEARCH, "", b"looking")
    with three._state.database.reading() as connection:
        before = {row.draft: row for row in connection.execute(sa.select(DRAFTS))}
    three.subject_rights.erase(GONE, witness(three))
    assert {draft.draft_id for draft in three.drafts.all()} == {kept.draft_id, search.draft_id}
    assert three.drafts.load(kept.draft_id) == b"further"
    assert three.drafts.load(search.draft_id) == b"looking"
    with three._state.database.changing() as connection:  # as whoever kept the row of yesterday would
        connection.execute(sa.delete(DRAFTS).where(DRAFTS.c.draft == kept.draft_id))
        connection.execute(sa.insert(DRAFTS), [before[kept.draft_id]._asdict()])
    with pytest.raises(VaultError):
        three.drafts.load(kept.draft_id)


def test_a_portrait_that_is_withdrawn_costs_its_bucket_alone(vault: Vault) -> None:
    people = [replace(shown_person(str(at)), subject_id=who) for at, who in enumerate((GONE, BESIDE, ELSEWHERE))]
    vault.save_all(people)
    keys = sa.select(PORTRAIT_KEYS.c.subject, PORTRAIT_KEYS.c.wrapped_key)
    with vault._state.database.reading() as connection:
        before = {row.subject: row.wrapped_key for row in connection.execute(keys)}
    vault.portraits.withdraw(GONE)
    with vault._state.database.reading() as connection:
        after = {row.subject: row.wrapped_key for row in connection.execute(keys)}
    assert set(after) == {BESIDE, ELSEWHERE}
    assert after[ELSEWHERE] == before[ELSEWHERE]
    assert after[BESIDE] != before[BESIDE]
    vault.verify()


def test_a_rotation_renews_every_bucket_key(three: Vault) -> None:
    before = bucket_keys(three)
    three.rotation.rotate()
    after = bucket_keys(three)
    assert not set(before) & set(after)
    assert len(set(after)) == 256
    three.verify()


def test_no_bucket_key_is_in_a_backup(three: Vault, tmp_path: Path) -> None:
    three.backups.create(FolderTarget(tmp_path / "backup"))
    three.subject_rights.erase(GONE, witness(three))
    header = (tmp_path / "backup" / "keys.mlid").read_bytes().split(b"\n")[0]
    assert b'\\"subject_wrap\\":\\"\\"' in header
    assert three._state.keys.wrapped.hex().encode() not in header


def cut_in(owner: Any, name: str, when: Callable[..., bool]) -> Callable[[pytest.MonkeyPatch], None]:
    """Kills the process where this is called so, before it does anything."""
    really = getattr(owner, name)

    def cutting(*given: Any, **named: Any) -> Any:
        return kill_this_process() if when(*given) else really(*given, **named)

    return lambda patch: patch.setattr(owner, name, cutting)


def cut_after(owner: Any, name: str, when: Callable[..., bool]) -> Callable[[pytest.MonkeyPatch], None]:
    """Kills the process once this was called so."""
    really = getattr(owner, name)

    def cutting(*given: Any, **named: Any) -> Any:
        is_now = when(*given)
        done = really(*given, **named)
        return kill_this_process() if is_now else done

    return lambda patch: patch.setattr(owner, name, cutting)


def is_pending(_folder: Path, key_file: key_file_codec.KeyFile, _root: bytearray) -> bool:
    return bool(key_file.pending)


def is_settled(*given: Any) -> bool:
    return not is_pending(*given)


def is_old_key_file(path: Path) -> bool:
    """The key file of before, under its second name, is about to be overwritten."""
    return path.name == KEY_FILE + atomic_files.OLD and path.exists()


def is_unpublished(commits: Commits) -> bool:
    return commits._unpublished is not None


BEFORE = {
    "before the key file": cut_in(unlocked_state, "write_key_file", is_pending),
    "as the old key file is overwritten": cut_in(atomic_files, "overwrite_and_remove", is_old_key_file),
    "after the key file": cut_after(unlocked_state, "write_key_file", is_pending),
    "before the rows are wrapped": cut_in(key_destruction, "wrap_anew", lambda *_: True),
    "before the commit": cut_after(key_destruction, "wrap_anew", lambda *_: True),
}
AFTER = {
    "before the head": cut_in(Commits, "_publish", is_unpublished),
    "after the head": cut_after(Commits, "_publish", is_unpublished),
    "before the last key file": cut_in(unlocked_state, "write_key_file", is_settled),
    "after the last key file": cut_after(unlocked_state, "write_key_file", is_settled),
    "before the backups": cut_in(unlocked_backups.Backups, "renew", lambda *_: True),
    "within the backups": cut_in(unlocked_backups.Backups, "_write_keys", lambda *_: True),
}


@pytest.mark.parametrize("step", [*BEFORE, *AFTER])
def test_a_kill_at_each_step_leaves_before_or_after(
    three: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    three.backups.create(FolderTarget(folder.parent / "backup"))
    three.lock()
    cut = {**BEFORE, **AFTER}[step]

    def erase() -> None:
        vault = reopened(folder, clock)
        cut(monkeypatch)
        vault.subject_rights.erase(GONE, witness(vault))

    die_in_child(erase)
    again = reopened(folder, clock)
    there = {person.subject_id for person in again.directory()}
    assert there == ({GONE, BESIDE, ELSEWHERE} if step in BEFORE else {BESIDE, ELSEWHERE})
    again.verify()
    assert again.references(BESIDE)
    erased = len(again.subject_rights.erasures())
    assert erased == 3 - len(there)
    assert not any(backup.may_hold(erased) for backup in again.backups.all())
    again.lock()
    assert read_key_file((folder / KEY_FILE).read_bytes()).pending == b""
    assert not [path.name for path in folder.iterdir() if path.name.endswith((".old", ".new"))]


def test_the_key_file_of_before_does_not_open_what_an_erasure_left(
    three: Vault, folder: Path, clock: FixedClock, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    shutil.copyfile(folder / KEY_FILE, kept)
    three.subject_rights.erase(GONE, witness(three))
    three.lock()
    shutil.copyfile(kept, folder / KEY_FILE)
    with pytest.raises(VaultError):
        reopened(folder, clock)
