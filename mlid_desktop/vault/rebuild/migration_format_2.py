"""Migrates a vault of format 1 to format 2, in which a draft says its kind (FORMAT.md, section 13)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.vault.store.schema import DRAFTS
from mlid_desktop.vault.subjects.drafts import DraftKind


def name_searches(connection: Connection) -> None:
    """Sets the kind of drafts without a subject to search, as earlier versions saved searches so. For rows whose
    ``kind`` was just added; no tally is changed here."""
    connection.execute(sa.update(DRAFTS).where(DRAFTS.c.subject == "").values(kind=DraftKind.SEARCH.value))
