"""Permissions by ``domain.roles`` with the vault's errors, and second operators' confirmations until they are used."""

from __future__ import annotations

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.roles import FOUR_EYES, PERMITTED, Act, SecondPerson, may
from mlid_desktop.domain.subjects import Operator

__all__ = ["FOUR_EYES", "PERMITTED", "Act", "SecondPerson", "SecondPersons", "require_permitted"]


def require_permitted(operator: Operator, act: Act) -> None:
    """Raises VaultError(VAULT_NOT_PERMITTED) where the role does not permit the act."""
    if not may(operator, act):
        raise VaultError(Code.VAULT_NOT_PERMITTED)


class SecondPersons:
    """The confirmations by second operators that were not used yet."""

    def __init__(self) -> None:
        self._waiting: list[SecondPerson] = []

    def confirmed(self, operator: Operator) -> SecondPerson:
        """Registers a second operator's confirmation and gives it to hand out."""
        second = SecondPerson(operator)
        self._waiting.append(second)
        return second

    def use(self, act: Act, second: SecondPerson | None) -> None:
        """Uses a confirmation up. Raises VaultError(VAULT_SECOND_PERSON_NEEDED) where the act needs one and this is
        none, was used, or is another vault's."""
        if act not in FOUR_EYES:
            return
        waiting = [waiting for waiting in self._waiting if waiting is not second]
        if len(waiting) == len(self._waiting):
            raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
        self._waiting = waiting
