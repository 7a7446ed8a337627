"""How long ago a copy was in step with its register, by whichever clock says it is longer: nobody makes an old copy
young by setting one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.vault.store.transaction import Transaction

IN_STEP: Final = "register-in-step"
WITHOUT_REGISTER: Final = timedelta(hours=8)  # checks go on for so long where a policy does not say it
NOTED_EVERY: Final = timedelta(minutes=5)  # where nothing else is written
WITHOUT_AFTER: Final = 2 * NOTED_EVERY  # a desk that follows has noted it by then
MOST_FAILED: Final = 3  # attempts on one person in a row while a desk is without the register


def note_in_step(transaction: Transaction, clock: Clock) -> None:
    """Notes that the copy is in step now."""
    kept = [clock.boot(), clock.monotonic(), clock.now().isoformat(), transaction.now.isoformat()]
    transaction.facts[IN_STEP] = json.dumps(kept, separators=(",", ":")).encode()


def is_to_note(facts: Mapping[str, bytes], clock: Clock) -> bool:
    """Whether it is time to note that the copy is in step, where nothing changed: not at each of many looks. Raises
    VaultError(VAULT_DAMAGED)."""
    if IN_STEP not in facts:
        return True
    boot, counter, wall, _ = _read(facts)
    walked = clock.now() - datetime.fromisoformat(wall)
    counted = timedelta(seconds=clock.monotonic() - float(counter))
    return boot != clock.boot() or not timedelta(0) <= walked <= NOTED_EVERY or counted > NOTED_EVERY


def in_step_at(facts: Mapping[str, bytes]) -> datetime | None:
    """When the copy was in step last, by the vault's time; None where it never was. Raises
    VaultError(VAULT_DAMAGED)."""
    return None if IN_STEP not in facts else datetime.fromisoformat(_read(facts)[3])


def require_fresh(facts: Mapping[str, bytes], clock: Clock, longest: timedelta) -> None:
    """Raises RegisterError(REGISTER_TOO_LONG_AGO) where the copy was in step longer ago than ``longest``, where the
    clock was set back since, or the machine started anew: then it has to be in step once more first."""
    age = _age(facts, clock)
    if age is None or age > longest:
        at = _read(facts)[3]
        raise RegisterError(Code.REGISTER_TOO_LONG_AGO, hours=int(longest.total_seconds() // 3600), at=at)


def require_few_failed(facts: Mapping[str, bytes], clock: Clock, failed: int) -> None:
    """Raises RegisterError(REGISTER_TRIED_ENOUGH) where so many attempts on one person failed in a row as are allowed
    without the register, and the desk is without it: other desks do not hear of them."""
    age = _age(facts, clock)
    if failed >= MOST_FAILED and (age is None or age > WITHOUT_AFTER):
        raise RegisterError(Code.REGISTER_TRIED_ENOUGH, failed=MOST_FAILED)


def _age(facts: Mapping[str, bytes], clock: Clock) -> timedelta | None:
    """How long ago the copy was in step, by whichever clock says it is longer; None where nobody can say."""
    boot, counter, wall, _ = _read(facts)
    walked = clock.now() - datetime.fromisoformat(wall)
    counted = timedelta(seconds=clock.monotonic() - float(counter))
    return None if boot != clock.boot() or walked < timedelta(0) else max(walked, counted)


def _read(facts: Mapping[str, bytes]) -> list[str]:
    try:
        kept = json.loads(facts[IN_STEP])
        return [str(part) for part in kept]
    except (KeyError, ValueError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=IN_STEP) from None
