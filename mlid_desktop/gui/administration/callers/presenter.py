"""What administration says of other programs: what each may ask, for which purposes, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.domain.subjects import USUAL_PURPOSE
from mlid_desktop.gui.administration.presenter import Rows
from mlid_desktop.site_fields.schema import SiteField
from mlid_desktop.station.external_requests.service import Caller, CallerField, RequestKind, Wanted
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

KINDS = {
    RequestKind.VERIFY: _("checks"),
    RequestKind.ENROL: _("enrolments"),
    RequestKind.WITHDRAW: _("withdrawals"),
    RequestKind.IDENTIFY: _("searches"),
}
FIELDS = {CallerField.NUMBER: _("number"), CallerField.NAME: _("name")}


def purpose_text(purpose: str, language: Language) -> str:
    """The purpose of a consent text in words; one of the site's own by its name."""
    return language.text("recognition at this desk") if purpose == USUAL_PURPOSE else purpose


def granted_text(granted: Caller | Wanted, own: Sequence[str], language: Language) -> str:
    """What a program may ask and is told, in one line; ``own`` are the labels of the site's own fields."""
    text = language.text
    kinds = [text(words) for kind, words in KINDS.items() if kind in granted.kinds]
    told = [text(words) for which, words in FIELDS.items() if which in granted.fields]
    return text(
        "may ask for {kinds} · for the purpose of {purposes} · is told {told}",
        kinds=", ".join(kinds),
        purposes=", ".join(purpose_text(purpose, language) for purpose in granted.purposes),
        told=", ".join([*told, *own]) or text("the outcome alone"),
    )


def caller_rows(port: int, callers: Sequence[Caller], offered: Sequence[SiteField], language: Language) -> Rows:
    """Rows of the interface, and of each program that is admitted; ``offered`` are the site's own fields that answers
    may hold. One that was dropped since is told to nobody."""
    text = language.text
    state = text("on, at 127.0.0.1:{port}", port=port) if port else text("off")
    rows = [(text("Answering other programs"), state)]
    for caller in callers:
        whence = caller.origin or text("a program of this machine")
        own = [known.label(language.code) for known in offered if known.key in caller.site_fields]
        granted = granted_text(caller, own, language)
        since = text("since {since}", since=language.moment(caller.admitted_at))
        rows.append((caller.name, f"{whence} · {granted} · {since}"))
    return tuple(rows)
