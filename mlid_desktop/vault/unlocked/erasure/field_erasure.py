"""Destroys values of a site's own fields: of a field that is gone, or whose period is over (FORMAT.md, 18).

The profile and everything else of a person who has such a value are sealed anew under a fresh key of theirs, person by
person: a kill loses nothing, and the next call goes on where the last one was durable.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.multiset_hash import Tally
from mlid_desktop.vault.store.schema import FIELD_INDEX, PROFILE, RECORDS, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects.record_codec import profile_without
from mlid_desktop.vault.subjects.repository import held_rows
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys, bucket_of

ERASING: Final = "fields-erasing"  # the fact that says which values are being destroyed, and how far that has come


@dataclass(frozen=True, slots=True)
class Erasing:
    """Which values are being destroyed: by the keys of their fields, of people last seen by that day (ISO), or of
    everybody (""). ``after`` is the last person of whom it is done; ``buckets`` are those in which people got fresh
    keys, so that the bucket keys that open the old ones go at the end."""

    keys: Mapping[str, str]
    after: str = ""
    buckets: frozenset[int] = frozenset()

    def written(self) -> bytes:
        """As the bytes of the fact."""
        content = {"after": self.after, "buckets": sorted(self.buckets), "keys": dict(self.keys)}
        return json.dumps(content, sort_keys=True).encode()


def erasing(facts: Mapping[str, bytes]) -> Erasing | None:
    """What is being destroyed; None where nothing is. Raises VaultError(VAULT_DAMAGED)."""
    stored = facts.get(ERASING)
    if stored is None:
        return None
    try:
        content = json.loads(stored)
        keys = {str(key): str(day) for key, day in content["keys"].items()}
        return Erasing(keys, str(content["after"]), frozenset(int(bucket) for bucket in content["buckets"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise VaultError(Code.VAULT_DAMAGED, what=ERASING) from None


def begin_erasing(transaction: Transaction, keys: Mapping[str, str]) -> None:
    """Notes that the values of these fields are to be destroyed, from the first person on."""
    before = erasing(transaction.facts) or Erasing({})
    transaction.facts[ERASING] = Erasing({**before.keys, **keys}, buckets=before.buckets).written()


def erase_of_next(transaction: Transaction, limit: int, keys: SubjectKeys) -> Sequence[str]:
    """Destroys the values that are to be destroyed of the next people, at most so many; gives whom it came to, nobody
    where it is through. Raises VaultError(VAULT_DAMAGED)."""
    now = erasing(transaction.facts)
    if now is None:
        return ()
    columns = (SUBJECTS.c.subject, SUBJECTS.c.seen, SUBJECTS.c.wrapped_key)
    asked = sa.select(*columns).where(SUBJECTS.c.subject > now.after).order_by(SUBJECTS.c.subject).limit(limit)
    found = transaction.connection.execute(asked).all()
    table = RECORDS[PROFILE]
    sealed = {
        row.subject: row.sealed
        for row in transaction.connection.execute(
            sa.select(table.c.subject, table.c.sealed).where(table.c.subject.in_([row.subject for row in found]))
        )
    }
    buckets = set(now.buckets)
    for subject_id, seen, wrapped in found:
        due = {key for key, day in now.keys.items() if not day or seen <= day}
        bound = keys.associated(subject_id, PROFILE, 0, "")
        profile = unseal(keys.unwrapped(subject_id, wrapped), sealed.get(subject_id, b""), bound, PROFILE)
        if profile_without(profile, due) is not None:  # most people may have nothing there
            _seal_without(transaction, subject_id, due, keys)
            buckets.add(bucket_of(subject_id))
    if found:
        transaction.facts[ERASING] = replace(now, after=found[-1].subject, buckets=frozenset(buckets)).written()
    return [row.subject for row in found]


def people_left(connection: Connection) -> int:
    """How many people are still to be looked at."""
    now = erasing(read_facts(connection))
    if now is None:
        return 0
    count = sa.select(sa.func.count()).select_from(SUBJECTS).where(SUBJECTS.c.subject > now.after)
    return int(connection.execute(count).scalar_one())


def _seal_without(transaction: Transaction, subject_id: str, due: Collection[str], keys: SubjectKeys) -> None:
    """Seals everything of a person who has such values anew under a fresh key, the profile without them; of others
    nothing is touched."""
    held = held_rows(transaction.connection, subject_id, keys)
    profile = next((plain for kind, _, plain in held if kind == PROFILE), b"{}")
    shorter = profile_without(profile, due)
    if shorter is None:
        return
    fresh, tally = new_key(), Tally()
    for kind, row, plain in held:
        table, (_, sequence, extractor, _) = RECORDS[kind], row
        bound = keys.associated(subject_id, kind, sequence, extractor)
        sealed = seal(fresh, shorter if kind == PROFILE else plain, bound)
        transaction.update(table, (table.c.subject == subject_id) & (table.c.sequence == sequence), sealed=sealed)
        tally += Tally.of([keys.marker.mark(table.name, [subject_id, sequence, extractor, sealed])])
    wrapped = keys.wrapped(subject_id, fresh)
    wipe(fresh)
    is_due = FIELD_INDEX.c.field.in_(sorted(due))
    transaction.delete(FIELD_INDEX, FIELD_INDEX.c.owner == keys.blind_owner(subject_id), is_due)
    of_person = SUBJECTS.c.subject == subject_id
    transaction.update(SUBJECTS, of_person, wrapped_key=wrapped, records_tally=tally.written())
