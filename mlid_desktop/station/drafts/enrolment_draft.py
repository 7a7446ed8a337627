"""Stores an enrolment in progress as a draft: what was gathered, without the rules it was gathered under.

The vault keeps it encrypted under a key of its own for a day. Pictures and sound ride along so that what was captured
can still be reviewed; when the enrolment is saved or given up, the draft goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.subjects import ConsentOutcome, Details
from mlid_desktop.station.drafts.value_codec import pack, unpack
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import REOPENABLE

FORMAT = 2
WORDS_ALONE = frozenset({1})  # drafts whose captures were not bound to what they showed: taken up without them
HEAD_LENGTH = 4  # bytes that say how long the head is
ROOMY = 12 * 1024 * 1024  # bytes; beyond, only the best take of each capture is kept


def worth_keeping(session: EnrolmentSession | None) -> bool:
    """Whether an enrolment in progress is worth a draft: consent was given, the person is known, and it is neither
    saved nor refused."""
    if session is None or session.consent is None or session.stage not in REOPENABLE:
        return False
    return session.details is not None and session.consent.outcome is ConsentOutcome.ACCEPTED


def draft_of(session: EnrolmentSession) -> bytes:
    """The draft of an enrolment in progress, as bytes. A capture that is not finished is not in it."""
    head = pack({"format": FORMAT, "details": session.details})
    body = pack(_gathered(session, every_take=True))
    if len(body) > ROOMY:
        body = pack(_gathered(session, every_take=False))
    return join_head_and_body(head, body)


def details_in(untrusted: bytes) -> Details:
    """The details of the person in an enrolment draft, read without the captures. Raises
    UsageError(USAGE_UNKNOWN_DRAFT)."""
    found = unpack(head_and_body(untrusted)[0])
    details = found.get("details") if format_of(found) is not None else None
    if not isinstance(details, Details):
        raise UsageError(Code.USAGE_UNKNOWN_DRAFT)
    return details


def format_of(head: Any) -> int | None:
    """The format of a draft with this head; None for one that this program does not read."""
    number = head.get("format") if isinstance(head, dict) else None
    return number if type(number) is int and number in {FORMAT, *WORDS_ALONE} else None


def session_of(untrusted: bytes, fresh: EnrolmentSession) -> EnrolmentSession:
    """The enrolment taken up again under the rules of ``fresh``, a new session of this vault, in the attempt that it
    was left in. Captures that were made under another policy, or by a program that did not bind them to what they
    showed, are left out: they are captured anew; so are those of a draft that does not name its attempt, of which
    nobody knows how it ended.

    Raises UsageError(USAGE_UNKNOWN_DRAFT) where another version of the program made the draft.
    """
    details = details_in(untrusted)
    head, body = head_and_body(untrusted)
    found, captures_count = unpack(body), format_of(unpack(head)) == FORMAT
    if not isinstance(found, dict):
        raise UsageError(Code.USAGE_UNKNOWN_DRAFT)
    try:
        return _resumed(found, details, fresh, captures_count=captures_count)
    except (KeyError, TypeError, AttributeError):
        raise UsageError(Code.USAGE_UNKNOWN_DRAFT) from None


def _gathered(session: EnrolmentSession, *, every_take: bool) -> dict[str, Any]:
    kept = {
        characteristic: state.takes if every_take else tuple(take for take in (state.best,) if take is not None)
        for characteristic, state in session.kept.items()
    }
    return {
        "subject": session.subject_id,
        "attempt": session.attempt_id,
        "challenges": session.challenges,
        "replaces": session.replaces,
        "policy": session.policy.identity.digest,
        "consent": session.consent,
        "kept": kept,
        "templates": session.templates,
        "exceptions": session.exceptions,
    }


def join_head_and_body(head: bytes, body: bytes) -> bytes:
    """Joins a head and a body into one draft, so that the head can be read without the body."""
    return len(head).to_bytes(HEAD_LENGTH, "big") + head + body


def head_and_body(untrusted: bytes) -> tuple[bytes, bytes]:
    """Splits a draft as :func:`join_head_and_body` joined it, still unchecked."""
    end = HEAD_LENGTH + int.from_bytes(untrusted[:HEAD_LENGTH], "big")
    return untrusted[HEAD_LENGTH:end], untrusted[end:]


def _resumed(
    found: Mapping[str, Any], details: Details, fresh: EnrolmentSession, *, captures_count: bool
) -> EnrolmentSession:
    attempt_id = str(found.get("attempt", ""))
    same_rules = captures_count and found["policy"] == fresh.policy.identity.digest and bool(attempt_id)
    return fresh.advance(
        events.EnrolmentResumed(
            subject_id=found["subject"],
            consent=found["consent"],
            details=details,
            takes=found["kept"] if same_rules else {},
            templates=found["templates"] if same_rules else {},
            exceptions=tuple(found["exceptions"]),
            attempt_id=attempt_id,
            challenges=found.get("challenges", 0),
            replaces=str(found.get("replaces", "")),
        )
    )
