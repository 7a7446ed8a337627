"""What stands in the log of changes of a vault, and which desks it knows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.schema import CHANGES, DESKS


def changes(vault: Vault) -> list[tuple[int, str, str]]:
    with vault._state.database.reading() as connection:
        wanted = sa.select(CHANGES.c.n, CHANGES.c.act, CHANGES.c.desk).order_by(CHANGES.c.n)
        return [(row.n, row.act, row.desk) for row in connection.execute(wanted)]


def desks(vault: Vault) -> list[Any]:
    with vault._state.database.reading() as connection:
        return list(connection.execute(sa.select(DESKS).order_by(DESKS.c.since)))


def joined(vault: Vault) -> int:
    return sum(entry.event == "desk.joined" for entry in vault.audit.entries())
