"""The accounts of a vault as the rule of two persons knows them, read from its key file, register and facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlid_desktop.domain.ports import Clock
from mlid_desktop.vault.keys.slot_register import SET_BY_OWNER, SlotEntry
from mlid_desktop.vault.keys.slots import BY_RECOVERY, Grant
from mlid_desktop.vault.second_person import UNKNOWN, WAIT_S, Account
from mlid_desktop.vault.store.own_time import own_seconds, time_passed


def accounts_of(
    grants: Iterable[Grant], entries: Mapping[str, SlotEntry], facts: Mapping[str, bytes], clock: Clock
) -> tuple[Account, ...]:
    """Every account with what it still waits for. A slot that the register lacks was set by nobody knows whom, now; and
    a clock that was set forward since the newest change begins every wait anew."""
    now, jumped = own_seconds(facts, clock), time_passed(facts, clock).jumped
    return tuple(_account(grant, entries.get(grant.public.hex()), now, jumped=jumped) for grant in grants)


def _account(grant: Grant, entry: SlotEntry | None, now: int, *, jumped: bool) -> Account:
    slot, is_code = grant.public.hex(), grant.kind == BY_RECOVERY
    if entry is None:
        return Account(grant.name, slot, UNKNOWN, WAIT_S, is_code)
    if entry.how in SET_BY_OWNER:
        return Account(grant.name, slot, None, 0, is_code)
    left = max(0, WAIT_S - (now - entry.seconds))
    return Account(grant.name, slot, entry.set_by, WAIT_S if left and jumped else left, is_code)
