"""What the window says of a request of another program."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlid_desktop.domain.text import tidy
from mlid_desktop.station.external_requests.links import LinkBook
from mlid_desktop.station.external_requests.request_book import ExternalRequest, RequestBook, RequestState
from mlid_desktop.station.external_requests.service import RequestKind, TakenUp
from mlid_desktop.station.external_requests.withdrawals import WITHDRAWALS_A_DAY
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

ASKS = {
    RequestKind.VERIFY: _("{caller} asks you to check No. {number}."),
    RequestKind.IDENTIFY: _("{caller} asks who somebody is."),
    RequestKind.ENROL: _("{caller} asks you to enrol {name}, No. {number}."),
    RequestKind.WITHDRAW: _("{caller} says that No. {number} takes back consent."),
}


@dataclass(frozen=True, slots=True)
class RequestNotice:
    """What the bar says, and its two buttons; ``open`` is empty where there is nothing to open. It is about a
    ``request``, or else about the ``number`` of a link."""

    text: str
    open: str
    decline: str
    request: ExternalRequest | None = None
    number: str = field(default="", repr=False)


def notice_of(book: RequestBook, links: LinkBook, language: Language) -> RequestNotice | None:
    """What stands first: what is worked on, what waits (the one that a link named before the others), a page to go back
    to, the number of a link."""
    text = language.text
    waiting = sorted(book.waiting, key=lambda request: request.key != links.named)
    request = book.shown or next(iter(waiting), None)
    if request is not None:
        said = request_text(request, len(waiting) - (request.state is RequestState.WAITING), language)
        opens = text("Open the request") if request.state is RequestState.WAITING else ""
        return RequestNotice(said, opens, text("Decline the request"), request)
    if book.returnable is not None:
        caller = book.returnable.caller_name
        said = text("The answer for {caller} is ready. Its page reads it when you go back.", caller=caller)
        return RequestNotice(said, text("Go back to {caller}", caller=caller), text("Stay here"), book.returnable)
    if links.number:
        said = text("A link asks you to check No. {number}. Who sent it is not known.", number=tidy(links.number))
        return RequestNotice(said, text("Look for the number"), text("Dismiss"), number=links.number)
    return None


def request_text(request: ExternalRequest, waiting: int, language: Language) -> str:
    """The sentence of a request that waits or is worked on; ``waiting`` are the others behind it."""
    blanks = {"caller": request.caller_name, "number": tidy(request.number), "name": tidy(request.name) or "–"}
    said = language.text(ASKS[request.kind], **blanks)
    if request.state is RequestState.SHOWN:
        return said + " " + language.text("The answer goes back by itself.")
    if waiting:
        return said + " " + language.plural("{number} more waits.", "{number} more wait.", waiting)
    return said


def without_answer_text(taken: TakenUp, language: Language) -> str:
    """What is said where the caller is told nothing."""
    request = taken.request
    if taken.is_too_many:
        words = _("There is no answer for {caller}: it asked for the most withdrawals of a day ({most}).")
        return language.text(words, caller=request.caller_name, most=WITHDRAWALS_A_DAY)
    if request.kind is RequestKind.ENROL:
        words = _("There is no answer for {caller}: No. {number} cannot be enrolled for it.")
    elif request.kind is RequestKind.WITHDRAW:
        words = _("There is no answer for {caller}: No. {number} was not enrolled by it, or did not agree to answers.")
    else:
        words = _("There is no answer for {caller}: No. {number} is not enrolled, or did not agree to answers for it.")
    return language.text(words, caller=request.caller_name, number=tidy(request.number))


def not_now_text(language: Language) -> str:
    """What is said where something is open that is not ended for a request."""
    return language.text("Finish or leave what is open first. The request waits for two minutes.")
