"""The functions of a register: they alone write, each for the desk whose session calls it."""

from __future__ import annotations

from typing import Final

FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION this_desk() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
DECLARE found uuid;
BEGIN
    SELECT desk INTO found FROM desk WHERE pg_role = session_user AND removed_n IS NULL;
    IF found IS NULL THEN
        RAISE EXCEPTION 'not a desk of this register' USING ERRCODE = 'ML002';
    END IF;
    RETURN found;
END $$;

CREATE OR REPLACE FUNCTION supervising_desk() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
DECLARE own uuid := this_desk();
BEGIN
    -- The role of supervising desks is one for every register of the server: which desk is one here, its row says.
    IF NOT (SELECT supervises FROM desk WHERE desk = own) THEN
        RAISE EXCEPTION 'not a desk that leads' USING ERRCODE = '42501';
    END IF;
    RETURN own;
END $$;

CREATE OR REPLACE FUNCTION follow(p_n bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
DECLARE held bigint;
BEGIN
    SELECT n INTO held FROM state FOR UPDATE;
    IF p_n <> held + 1 THEN
        RAISE EXCEPTION 'the register is at %', held USING ERRCODE = 'ML001';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION hold(OUT n bigint, OUT link bytea) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
BEGIN
    PERFORM this_desk();
    SELECT state.n, state.link INTO n, link FROM state FOR UPDATE;
END $$;

CREATE OR REPLACE FUNCTION write_items(
    p_n bigint, p_kinds text[], p_keys bytea[], p_marks bytea[], p_extractors text[], p_blinds bytea[],
    p_bodies bytea[], p_gone_kinds text[], p_gone_keys bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
DECLARE stays boolean := 'ledger' = ANY (p_gone_kinds);
BEGIN
    PERFORM this_desk();
    PERFORM follow(p_n);
    IF 'ledger' = ANY (p_kinds) THEN  -- what looks at all kinds of items is not begun for nothing
        stays := stays OR EXISTS (
            SELECT FROM unnest(p_kinds, p_keys) AS given(kind, key) JOIN item USING (kind, key) WHERE kind = 'ledger'
        );
    END IF;
    IF stays THEN
        RAISE EXCEPTION 'entries of the ledger stay' USING ERRCODE = '42501';
    END IF;
    IF cardinality(p_gone_kinds) > 0 OR cardinality(p_gone_keys) > 0 THEN
        DELETE FROM item USING unnest(p_gone_kinds, p_gone_keys) AS gone(kind, key)
        WHERE item.kind = gone.kind AND item.key = gone.key;
        INSERT INTO removed
        SELECT p_n, gone.kind, gone.key FROM unnest(p_gone_kinds, p_gone_keys) AS gone(kind, key);
    END IF;
    INSERT INTO item (kind, key, mark, extractor, blind, body, changed)
    SELECT given.kind, given.key, given.mark, given.extractor, given.blind, given.body, p_n
    FROM unnest(p_kinds, p_keys, p_marks, p_extractors, p_blinds, p_bodies)
        AS given(kind, key, mark, extractor, blind, body)
    ON CONFLICT (kind, key) DO UPDATE
    SET mark = excluded.mark, extractor = excluded.extractor, blind = excluded.blind, body = excluded.body,
        changed = excluded.changed;
END $$;

CREATE OR REPLACE FUNCTION write_change(
    p_n bigint, p_act text, p_subject uuid, p_digest bytea, p_tallies bytea, p_audit_link bytea, p_link bytea,
    p_signature bytea
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
DECLARE
    own uuid := this_desk();
BEGIN
    PERFORM follow(p_n);
    INSERT INTO change (n, desk, act, subject, digest, tallies, audit_link, link, signature)
    VALUES (p_n, own, p_act, p_subject, p_digest, p_tallies, p_audit_link, p_link, p_signature);
    UPDATE state SET n = p_n, link = p_link;
    PERFORM pg_notify('mlid', p_n::text);
END $$;

CREATE OR REPLACE FUNCTION put_back(
    p_n bigint, p_desks uuid[], p_acts text[], p_subjects uuid[], p_digests bytea[], p_tallies bytea[],
    p_audit_links bytea[], p_links bytea[], p_signatures bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
BEGIN
    -- Changes that the server lost, by a desk that said that it saw them. What they are, every desk checks.
    PERFORM follow(p_n);
    IF NOT EXISTS (SELECT FROM seen_head WHERE desk = this_desk() AND n >= p_n + cardinality(p_links) - 1) THEN
        RAISE EXCEPTION 'not seen by this desk' USING ERRCODE = '42501';
    END IF;
    INSERT INTO change (n, desk, act, subject, digest, tallies, audit_link, link, signature)
    SELECT p_n + given.place - 1, given.desk, given.act, given.subject, given.digest, given.tallies,
        given.audit_link, given.link, given.signature
    FROM unnest(p_desks, p_acts, p_subjects, p_digests, p_tallies, p_audit_links, p_links, p_signatures)
        WITH ORDINALITY
        AS given(desk, act, subject, digest, tallies, audit_link, link, signature, place);
    UPDATE state SET n = p_n + cardinality(p_links) - 1, link = p_links[cardinality(p_links)];
    -- One-time keys and mail are of the state that was put back: their private halves may be destroyed.
    DELETE FROM prekey;
    DELETE FROM mailbox;
END $$;

CREATE OR REPLACE FUNCTION note_seen(p_n bigint, p_link bytea, p_sealed bytea, p_signature bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
BEGIN
    INSERT INTO seen_head AS known (desk, n, link, sealed, signature)
    VALUES (this_desk(), p_n, p_link, p_sealed, p_signature)
    ON CONFLICT (desk) DO UPDATE
    SET n = excluded.n, link = excluded.link, sealed = excluded.sealed, signature = excluded.signature, at = now()
    WHERE known.n <= excluded.n;
END $$;

CREATE OR REPLACE FUNCTION put_prekeys(p_ids bytea[], p_keys bytea[], p_signatures bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
BEGIN
    DELETE FROM prekey WHERE desk = this_desk();
    INSERT INTO prekey (desk, id, pk, signature)
    SELECT this_desk(), given.id, given.pk, given.signature
    FROM unnest(p_ids, p_keys, p_signatures) AS given(id, pk, signature) LIMIT 256;
END $$;

CREATE OR REPLACE FUNCTION send_mail(p_desk uuid, p_kind text, p_prekey bytea, p_sealed bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
BEGIN
    PERFORM this_desk();
    DELETE FROM prekey WHERE desk = p_desk AND id = p_prekey;
    DELETE FROM mailbox WHERE desk = p_desk AND kind = p_kind;
    INSERT INTO mailbox (desk, kind, prekey, sealed) VALUES (p_desk, p_kind, p_prekey, p_sealed);
    PERFORM pg_notify('mlid', '');
END $$;

CREATE OR REPLACE FUNCTION drop_mail(p_number bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
    DELETE FROM mailbox WHERE number = p_number AND desk = this_desk();
$$;

CREATE OR REPLACE FUNCTION ask_to_join(
    p_code text, p_desk uuid, p_sign_pk bytea, p_box_pk bytea, p_once_pk bytea, p_tls_request bytea
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
BEGIN
    DELETE FROM applicant WHERE at < now() - interval '1 hour';
    IF (SELECT count(*) FROM applicant) >= 16 THEN
        RAISE EXCEPTION 'too many wait to join' USING ERRCODE = 'ML003';
    END IF;
    INSERT INTO applicant (code, desk, sign_pk, box_pk, once_pk, tls_request)
    VALUES (p_code, p_desk, p_sign_pk, p_box_pk, p_once_pk, p_tls_request);
END $$;

CREATE OR REPLACE FUNCTION take_answer(p_code text) RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
DECLARE found bytea;
BEGIN
    SELECT answer INTO found FROM applicant WHERE code = p_code;
    IF found IS NOT NULL THEN
        DELETE FROM applicant WHERE code = p_code;
    END IF;
    RETURN found;
END $$;

CREATE OR REPLACE FUNCTION answer_applicant(p_code text, p_answer bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
BEGIN
    PERFORM supervising_desk();
    UPDATE applicant SET answer = p_answer WHERE code = p_code;
END $$;

CREATE OR REPLACE FUNCTION add_desk(
    p_desk uuid, p_sign_pk bytea, p_box_pk bytea, p_pg_role text, p_epoch bigint, p_certificate bytea,
    p_supervises boolean
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = mlid, pg_temp AS $$
BEGIN
    IF p_pg_role !~ '^mlid_desk_[0-9a-f]{12}$' THEN
        RAISE EXCEPTION 'no name of a desk' USING ERRCODE = '42501';
    END IF;
    IF EXISTS (SELECT FROM desk) THEN  -- the first is entered by who makes the register
        PERFORM supervising_desk();
    END IF;
    INSERT INTO desk (desk, sign_pk, box_pk, pg_role, epoch, certificate, supervises)
    VALUES (p_desk, p_sign_pk, p_box_pk, p_pg_role, p_epoch, p_certificate, p_supervises);
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = p_pg_role) THEN
        EXECUTE format('CREATE ROLE %I LOGIN IN ROLE mlid_desk', p_pg_role);
    END IF;
    IF p_supervises THEN
        EXECUTE format('GRANT mlid_supervisor TO %I', p_pg_role);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), p_pg_role);
END $$;

CREATE OR REPLACE FUNCTION remove_desk(p_desk uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = mlid, pg_temp AS $$
DECLARE gone name;
BEGIN
    IF p_desk = supervising_desk() THEN
        RAISE EXCEPTION 'a desk does not take itself out' USING ERRCODE = '42501';
    END IF;
    UPDATE desk SET removed_n = coalesce(removed_n, (SELECT n FROM state)) WHERE desk = p_desk
    RETURNING pg_role INTO gone;
    DELETE FROM prekey WHERE desk = p_desk;
    DELETE FROM mailbox WHERE desk = p_desk;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = gone) THEN
        EXECUTE format('ALTER ROLE %I NOLOGIN', gone);
        EXECUTE format('REVOKE mlid_desk FROM %I', gone);  -- of sessions that are open, too
    END IF;
END $$;
"""

RIGHTS: Final = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mlid FROM PUBLIC;
GRANT USAGE ON SCHEMA mlid TO mlid_desk, mlid_supervisor, mlid_dump, mlid_joining;
GRANT SELECT ON ALL TABLES IN SCHEMA mlid TO mlid_desk, mlid_dump;
GRANT EXECUTE ON FUNCTION this_desk, note_seen, put_prekeys, send_mail, drop_mail, hold, write_items, write_change,
    put_back TO mlid_desk;
GRANT EXECUTE ON FUNCTION answer_applicant, add_desk, remove_desk TO mlid_supervisor;
GRANT EXECUTE ON FUNCTION ask_to_join, take_answer TO mlid_joining;
"""
