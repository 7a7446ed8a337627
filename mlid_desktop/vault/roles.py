"""Who may do what, as one table. Acts that need the control root are enforced by keys as well, the others by the
program alone (see the threat model)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Operator, Role


class Act(StrEnum):
    """What a person can ask of the vault."""

    ENROL = "enrol"
    READ_PEOPLE = "read_people"
    COMPARE = "compare"
    ERASE = "erase"
    GOVERN = "govern"
    ADMIT_OPERATOR = "admit_operator"
    VERIFY = "verify"


_DESK = frozenset({Role.OPERATOR, Role.SUPERVISOR})
PERMITTED: Mapping[Act, frozenset[Role]] = {
    Act.ENROL: _DESK,
    Act.READ_PEOPLE: _DESK,
    Act.COMPARE: _DESK,
    Act.ERASE: _DESK,
    Act.GOVERN: frozenset({Role.SUPERVISOR}),
    Act.ADMIT_OPERATOR: frozenset({Role.SUPERVISOR}),
    Act.VERIFY: frozenset(Role),
}


def require_permitted(operator: Operator, act: Act) -> None:
    """Raises VaultError(VAULT_NOT_PERMITTED) where the role does not permit the act."""
    if operator.role not in PERMITTED[act]:
        raise VaultError(Code.VAULT_NOT_PERMITTED)
