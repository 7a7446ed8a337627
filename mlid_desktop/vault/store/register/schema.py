"""The first schema of a register, its roles and tables; what later ones add is among the upgrades. Nothing in it opens
anything: bodies are envelopes of ``FORMAT.md`` or keyed hashes. Every desk checks what others wrote all the same.
"""

from __future__ import annotations

from typing import Final

OLDEST_SCHEMA, SCHEMA_VERSION = 1, 2  # that this program works with
SCHEMA: Final = "mlid"
DESK_ROLE: Final = "mlid_desk"
DUMP_ROLE: Final = "mlid_dump"
JOIN_ROLE: Final = "mlid_joining"

# Roles are those of the whole server: a second register on it finds them there.
ROLES: Final = """
DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['mlid_desk', 'mlid_supervisor', 'mlid_dump', 'mlid_joining'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mlid_owner') THEN
        CREATE ROLE mlid_owner NOLOGIN CREATEROLE;
    END IF;
    EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO mlid_owner WITH GRANT OPTION', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO mlid_dump', current_database());
END $$;
GRANT mlid_desk, mlid_supervisor TO mlid_owner WITH ADMIN OPTION;
GRANT mlid_owner TO CURRENT_USER;
CREATE SCHEMA mlid AUTHORIZATION mlid_owner;
"""


def tables(kinds: tuple[str, ...]) -> str:
    """The statements that make the tables; each of these kinds of rows has a partition of its own, so that it is
    fetched without the pages of the others."""
    partitions = "\n".join(
        f"CREATE TABLE item_{kind} PARTITION OF item FOR VALUES IN ('{kind}');\n"
        f"CREATE INDEX item_{kind}_changed ON item_{kind} (changed);"
        for kind in kinds
    )
    return _TABLES + partitions + _OTHER


_TABLES: Final = """
SET LOCAL ROLE mlid_owner;
SET LOCAL search_path = mlid;
CREATE TABLE register (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version integer NOT NULL,
    header bytea NOT NULL,
    created timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE desk (
    desk uuid PRIMARY KEY,
    sign_pk bytea NOT NULL CHECK (length(sign_pk) = 32),
    box_pk bytea NOT NULL CHECK (length(box_pk) = 32),
    pg_role name NOT NULL UNIQUE,
    epoch bigint NOT NULL,
    certificate bytea NOT NULL CHECK (length(certificate) = 64),
    supervises boolean NOT NULL,
    removed_n bigint
);
CREATE TABLE state (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    n bigint NOT NULL,
    link bytea NOT NULL CHECK (length(link) = 32)
);
CREATE TABLE change (
    n bigint PRIMARY KEY,
    desk uuid NOT NULL REFERENCES desk,
    act text COLLATE "C" NOT NULL,
    subject uuid,
    digest bytea NOT NULL,
    tallies bytea NOT NULL,
    audit_link bytea NOT NULL,
    link bytea NOT NULL,
    signature bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE item (
    kind text COLLATE "C" NOT NULL,
    key bytea NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
    mark bytea NOT NULL CHECK (length(mark) = 32),
    extractor text COLLATE "C" NOT NULL,
    blind bytea,
    body bytea NOT NULL,
    changed bigint NOT NULL,
    PRIMARY KEY (kind, key)
) PARTITION BY LIST (kind);
ALTER TABLE item ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE removed (
    n bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    key bytea NOT NULL,
    PRIMARY KEY (n, kind, key)
);
CREATE TABLE prekey (
    desk uuid NOT NULL REFERENCES desk,
    id bytea NOT NULL CHECK (length(id) = 16),
    pk bytea NOT NULL CHECK (length(pk) = 32),
    signature bytea NOT NULL,
    PRIMARY KEY (desk, id)
);
CREATE TABLE mailbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    desk uuid NOT NULL REFERENCES desk,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('people', 'wraps')),
    prekey bytea NOT NULL,
    sealed bytea NOT NULL CHECK (length(sealed) < 2097152),
    UNIQUE (desk, kind)
);
CREATE TABLE applicant (
    code text PRIMARY KEY CHECK (length(code) BETWEEN 20 AND 40),
    desk uuid NOT NULL,
    sign_pk bytea NOT NULL CHECK (length(sign_pk) = 32),
    box_pk bytea NOT NULL CHECK (length(box_pk) = 32),
    once_pk bytea NOT NULL CHECK (length(once_pk) = 32),
    tls_request bytea NOT NULL CHECK (length(tls_request) < 8192),
    answer bytea CHECK (length(answer) < 2097152),
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE seen_head (
    desk uuid PRIMARY KEY REFERENCES desk,
    n bigint NOT NULL,
    link bytea NOT NULL,
    sealed bytea NOT NULL CHECK (length(sealed) < 4096),
    signature bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
"""

_OTHER: Final = """
CREATE TABLE item_other PARTITION OF item DEFAULT;
CREATE INDEX item_other_changed ON item_other (changed);
ALTER TABLE item_subjects ADD CONSTRAINT item_subjects_blind UNIQUE (blind) DEFERRABLE INITIALLY DEFERRED;
"""

AS_OWNER: Final = """
GRANT mlid_owner TO CURRENT_USER;
SET LOCAL ROLE mlid_owner;
SET LOCAL search_path = mlid;
SET LOCAL statement_timeout = '10min';
SET LOCAL idle_in_transaction_session_timeout = '10min';
"""

DONE: Final = """
RESET ROLE;
REVOKE mlid_owner FROM CURRENT_USER;
"""
