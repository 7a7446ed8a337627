"""What format 2 added to format 1: a draft says its kind (FORMAT.md, section 13)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.vault.store.schema import DRAFTS
from mlid_desktop.vault.subjects.drafts import DraftKind


def name_searches(connection: Connection) -> None:
    """A draft without a subject is a search: the program of before saved them so. For rows whose ``kind`` was just
    added; nothing is counted here."""
    connection.execute(sa.update(DRAFTS).where(DRAFTS.c.subject == "").values(kind=DraftKind.SEARCH.value))
