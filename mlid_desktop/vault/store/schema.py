"""The tables of a vault (FORMAT.md, section 4). No column holds anything personal: that is inside the sealed blobs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from mlid_desktop.domain.characteristics import Modality

PROFILE, TOUCHES = "profile", "touches"
SEARCH_TABLES = {Modality.FINGERPRINT: "fingerprint_search"}  # kinds of records with the search tables of a modality
METADATA = sa.MetaData()

# Tables with wrapped keys are stored in the order of their identifiers (without SQLite's row numbers): a bucket is some
# neighbouring pages then, and an erasure writes these alone.
FACTS = sa.Table(
    "facts",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
SUBJECTS = sa.Table(
    "subjects",
    METADATA,
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("blind_number", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("records_tally", sa.LargeBinary, nullable=False),
    sa.Column("seen", sa.String, nullable=False),
    sa.Column("retention", sa.Integer, nullable=False),
    sa.Column("standing", sa.String, nullable=False),
    sqlite_with_rowid=False,
)
ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("last_at", sa.String, nullable=False),
)
GOVERNED = sa.Table(
    "governed",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)
DRAFTS = sa.Table(
    "drafts",
    METADATA,
    sa.Column("draft", sa.String, primary_key=True),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("expires_at", sa.String, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("kind", sa.String, nullable=False, server_default="enrolment"),
)
AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("link", sa.LargeBinary, nullable=False),
    sa.Column("mac", sa.LargeBinary, nullable=False),
)
CHECKPOINTS = sa.Table(
    "checkpoints",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
LEDGER = sa.Table(
    "ledger",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("subject", sa.String, nullable=False, unique=True),
    sa.Column("erased_at", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
)
SLOTS = sa.Table(
    "slots",
    METADATA,
    sa.Column("slot", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("set_by", sa.String, nullable=False),
    sa.Column("second", sa.String, nullable=False),
    sa.Column("how", sa.String, nullable=False),
)
NOTICES = sa.Table(
    "notices",
    METADATA,
    sa.Column("notice", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("about", sa.String, nullable=False),
    sa.Column("seen", sa.String, nullable=False),
)
SUSPICIONS = sa.Table(
    "suspicions",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("attempt", sa.String, nullable=False, unique=True),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("noted_at", sa.String, nullable=False),
    sa.Column("journey", sa.String, nullable=False),
    sa.Column("modality", sa.String, nullable=False),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("device_name", sa.String, nullable=False),
    sa.Column("operator", sa.String, nullable=False),
    sa.Column("standing", sa.String, nullable=False),
)

SHARED_NUMBERS = sa.Table(
    "shared_numbers",
    METADATA,
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("blind_number", sa.LargeBinary, nullable=False),
)
ATTACK_TESTS = sa.Table(
    "attack_tests",
    METADATA,
    sa.Column("entry", sa.String, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False, unique=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
DAY_FIGURES = sa.Table(
    "day_figures",
    METADATA,
    sa.Column("day", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
# What nobody may have twice of a site's own fields, by keyed values alone (FORMAT.md, 18).
FIELD_INDEX = sa.Table(
    "field_index",
    METADATA,
    sa.Column("blind", sa.LargeBinary, primary_key=True),
    sa.Column("owner", sa.LargeBinary, primary_key=True, index=True),
    sa.Column("field", sa.String, nullable=False),
)
PORTRAITS = sa.Table(
    "portraits",
    METADATA,
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("portrait", sa.String, nullable=False, unique=True),
    sa.Column("subject", sa.String, sa.ForeignKey("subjects.subject"), nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
PORTRAIT_KEYS = sa.Table(
    "portrait_keys",
    METADATA,
    sa.Column("subject", sa.String, sa.ForeignKey("subjects.subject"), primary_key=True),
    sa.Column("portrait", sa.String, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
CALLER_REQUESTS = sa.Table(
    "caller_requests",
    METADATA,
    sa.Column("caller", sa.String, primary_key=True),
    sa.Column("request", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
)
# Every desk that changed the vault, with what its signatures are checked with (FORMAT.md, 21).
DESKS = sa.Table(
    "desks",
    METADATA,
    sa.Column("desk", sa.String, primary_key=True),
    sa.Column("sign_pk", sa.LargeBinary, nullable=False),
    sa.Column("box_pk", sa.LargeBinary, nullable=False),
    sa.Column("since", sa.Integer, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("certificate", sa.LargeBinary, nullable=False),
)
CHANGES = sa.Table(
    "changes",
    METADATA,
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("desk", sa.String, nullable=False),
    sa.Column("act", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("tallies", sa.LargeBinary, nullable=False),
    sa.Column("audit_link", sa.LargeBinary, nullable=False),
    sa.Column("link", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)

# The newest changes of the register that the vault is in, as desks signed them (FORMAT.md, 22).
REGISTER_CHANGES = CHANGES.to_metadata(METADATA, name="register_changes")


def _records(kind: str) -> sa.Table:
    """The records' tables, one for each kind, in the order of writing, so that one modality is read without the pages
    of the others."""
    return sa.Table(
        f"records_{kind}",
        METADATA,
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("subject", sa.String, sa.ForeignKey("subjects.subject"), nullable=False, index=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("extractor", sa.String, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


RECORDS: dict[str, sa.Table] = {
    kind: _records(kind)
    for kind in (PROFILE, *(modality.value for modality in Modality), TOUCHES, *SEARCH_TABLES.values())
}
NO_REFERENCES = frozenset({PROFILE, TOUCHES, *SEARCH_TABLES.values()})  # kinds of records that are not templates
# Small, and asked for single rows: read whole at unlock.
POINT_READ = (
    SUBJECTS, ATTEMPTS, GOVERNED, CHECKPOINTS, LEDGER, DRAFTS, SLOTS, NOTICES, SHARED_NUMBERS, SUSPICIONS, FIELD_INDEX,
    DESKS,
)  # fmt: skip  # a list to look through
# Facts, audit and changes, those of a register too, keep themselves whole.
TALLIED = frozenset(
    {*POINT_READ, ATTACK_TESTS, DAY_FIGURES, PORTRAITS, PORTRAIT_KEYS, CALLER_REQUESTS, *RECORDS.values()}
)

# What every desk of a register has; the rest is each desk's own.
SHARED = (
    SUBJECTS, *RECORDS.values(), GOVERNED, LEDGER, SHARED_NUMBERS, FIELD_INDEX, PORTRAITS, PORTRAIT_KEYS,
)  # fmt: skip  # as above
OF_EACH_DESK = frozenset({"devices", "callers", "answer-chain"})  # governed values that other desks do not have


@lru_cache(maxsize=256)
def content_columns(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    """The columns that a row's mark covers: all but ``place``, the row number that the database gave it."""
    return tuple(column for column in table.columns if column.name != "place")


@lru_cache(maxsize=256)
def content_names(table: sa.Table) -> tuple[str, ...]:
    """The names of the columns that a row's mark covers, in their order."""
    return tuple(column.name for column in content_columns(table))


def is_shared(table: sa.Table, row: Sequence[Any]) -> bool:
    """Whether every desk of a register has this row (content columns) of a table that they share."""
    return table is not GOVERNED or row[0] not in OF_EACH_DESK


def defaults_of(table: sa.Table) -> dict[str, str | int]:
    """The columns that a later format added to the table, with their values in earlier rows."""
    found: dict[str, str | int] = {}
    for column in table.columns:
        if isinstance(column.server_default, sa.DefaultClause):
            text = str(column.server_default.arg)
            found[column.name] = int(text) if isinstance(column.type, sa.Integer) else text
    return found
