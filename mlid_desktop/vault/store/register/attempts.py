"""Failed attempts in a register, a row for each desk and person (FORMAT.md, 22), sealed and signed by the desk: beside
the chain of changes, as a check holds up nobody who writes."""

from __future__ import annotations

from typing import Final

SINCE: Final = 2  # the schema that has them

TABLES: Final = """
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

FUNCTIONS: Final = """
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

RIGHTS: Final = """
GRANT EXECUTE ON FUNCTION put_attempts, drop_attempts, forget_attempts TO mlid_desk;
"""
