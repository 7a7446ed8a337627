"""The steps from one schema of a register to the next. A register that is made goes through all of them, one that is
there through those that it lacks: both are the same afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register import attempts
from mlid_desktop.vault.store.register.functions import FUNCTIONS, RIGHTS
from mlid_desktop.vault.store.register.schema import OLDEST_SCHEMA, SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """What a schema has that the one before has not: statements that make its ``tables``, its ``functions``, which may
    stand there already, and who may call these."""

    tables: str
    functions: str
    rights: str


STEPS: Final[Mapping[int, SchemaStep]] = {
    2: SchemaStep(attempts.TABLES, attempts.FUNCTIONS, attempts.RIGHTS),
}


def lacking_tables(version: int, wanted: int) -> str:
    """The statements that bring the tables of a register from one version of the schema to a later one."""
    return "\n".join(STEPS[step].tables for step in range(version + 1, wanted + 1))


def functions_and_rights(version: int) -> str:
    """The statements that make the functions of a register of this version, in the place of those that are there, and
    all rights."""
    steps = [STEPS[step] for step in range(OLDEST_SCHEMA + 1, version + 1)]
    return "\n".join((FUNCTIONS, *(step.functions for step in steps), RIGHTS, *(step.rights for step in steps)))


def require_known(version: int) -> None:
    """Raises RegisterError(REGISTER_VERSION) for a version of the schema that this program does not know."""
    if not OLDEST_SCHEMA <= version <= SCHEMA_VERSION:
        raise RegisterError(Code.REGISTER_VERSION, found=version, known=SCHEMA_VERSION)
