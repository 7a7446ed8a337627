"""The steps from one schema of a register to the next. A register that is made goes through all of them, one that is
there through those that it lacks: both are the same afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register.functions import FUNCTIONS, RIGHTS
from mlid_desktop.vault.store.register.schema import OLDEST_SCHEMA, SCHEMA_VERSION

# Failed attempts, a row for each desk and person: beside the chain of changes, as a check holds up nobody who writes.
ATTEMPT_TABLES: Final = """
CREATE TABLE attempt (
    person bytea NOT NULL CHECK (length(person) = 32),
    desk uuid NOT NULL REFERENCES desk,
    number bigint NOT NULL,
    sealed bytea NOT NULL CHECK (length(sealed) < 8192),
    signature bytea NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (person, desk)
);
CREATE INDEX attempt_desk ON attempt (desk);
CREATE FUNCTION forget_attempts_of_desk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
BEGIN
    DELETE FROM attempt WHERE desk = NEW.desk;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_attempts_of_desk AFTER UPDATE OF removed_n ON desk
FOR EACH ROW WHEN (NEW.removed_n IS NOT NULL) EXECUTE FUNCTION forget_attempts_of_desk();
"""

ATTEMPT_FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION put_attempts(
    p_people bytea[], p_numbers bigint[], p_sealed bytea[], p_signatures bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
DECLARE own uuid := this_desk();
BEGIN
    INSERT INTO attempt AS known (person, desk, number, sealed, signature)
    SELECT given.person, own, given.number, given.sealed, given.signature
    FROM unnest(p_people, p_numbers, p_sealed, p_signatures) AS given(person, number, sealed, signature)
    ORDER BY given.person  -- one order, so that two sessions of a desk never wait for each other
    ON CONFLICT (person, desk) DO UPDATE
    SET number = excluded.number, sealed = excluded.sealed, signature = excluded.signature
    WHERE known.number < excluded.number;
END $$;

CREATE OR REPLACE FUNCTION put_attempt(p_person bytea, p_number bigint, p_sealed bytea, p_signature bytea)
RETURNS SETOF attempt LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
BEGIN
    -- Desks that count one person take turns, so that the second sees what the first counted.
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(p_person, 'hex'), 0));
    PERFORM put_attempts(ARRAY[p_person], ARRAY[p_number], ARRAY[p_sealed], ARRAY[p_signature]);
    RETURN QUERY SELECT * FROM attempt WHERE person = p_person;
END $$;

CREATE OR REPLACE FUNCTION drop_attempts(p_people bytea[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
BEGIN
    DELETE FROM attempt WHERE desk = this_desk() AND person = ANY (p_people);
END $$;

CREATE OR REPLACE FUNCTION forget_attempts(p_people bytea[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
BEGIN
    -- Of people who are erased, at every desk; without people, of everybody, as under other roots nothing opens.
    PERFORM this_desk();
    DELETE FROM attempt WHERE p_people IS NULL OR person = ANY (p_people);
END $$;
"""

ATTEMPT_RIGHTS: Final = """
GRANT EXECUTE ON FUNCTION put_attempt, put_attempts, drop_attempts, forget_attempts TO mlid_desk;
"""


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """What a schema has that the one before has not: statements that make its ``tables``, its ``functions``, which may
    stand there already, and who may call these."""

    tables: str
    functions: str
    rights: str


STEPS: Final[Mapping[int, SchemaStep]] = {
    2: SchemaStep(ATTEMPT_TABLES, ATTEMPT_FUNCTIONS, ATTEMPT_RIGHTS),
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
