"""Stores a search whose candidates another operator shall review as a draft for a day, with capture and candidates."""

from __future__ import annotations

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.drafts.enrolment_draft import FORMAT, format_of, head_and_body, join_head_and_body
from mlid_desktop.station.drafts.value_codec import pack, unpack
from mlid_desktop.workflow import events
from mlid_desktop.workflow.events import CandidatesFound
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.take import Take


def search_draft_of(session: IdentificationSession) -> bytes:
    """The draft of a search, as bytes: the candidates and the best take. Raises ValueError before a search."""
    if session.found is None or session.capture is None or session.capture.best is None:
        raise ValueError("candidates come after a search")
    body = {
        "characteristic": session.characteristic,
        "take": session.capture.best,
        "found": session.found,
    }
    return join_head_and_body(pack({"format": FORMAT, "hit": len(session.found.candidates)}), pack(body))


def candidates_in(untrusted: bytes) -> int:
    """Number of candidates in a search draft, 0 where the draft is no search. Raises
    UsageError(USAGE_UNKNOWN_DRAFT)."""
    head = unpack(head_and_body(untrusted)[0])
    number = head.get("hit", 0) if format_of(head) is not None else 0
    return number if isinstance(number, int) else 0


def search_of(untrusted: bytes, fresh: IdentificationSession) -> IdentificationSession:
    """The search as it stood before the answer, under the rules of ``fresh``; one of a program that did not bind what
    was captured to what it showed begins with a capture of the same characteristic. Raises
    UsageError(USAGE_UNKNOWN_DRAFT) where it is none."""
    untrusted_head, untrusted_body = head_and_body(untrusted)
    body, number = unpack(untrusted_body), format_of(unpack(untrusted_head))
    try:
        asked, take, found = body["characteristic"], body["take"], body["found"]
    except (KeyError, TypeError):
        raise UsageError(Code.USAGE_UNKNOWN_DRAFT) from None
    known = isinstance(asked, Characteristic) and isinstance(take, Take) and isinstance(found, CandidatesFound)
    if not known or number is None:
        raise UsageError(Code.USAGE_UNKNOWN_DRAFT)
    if number != FORMAT:
        return fresh.advance(events.CaptureStarted(asked))
    return fresh.advance(events.SearchResumed(asked, take, found))
