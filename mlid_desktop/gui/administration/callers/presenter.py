"""What administration says of other programs: what each may ask, for which purposes, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.domain.subjects import USUAL_PURPOSE
from mlid_desktop.gui.administration.content import (
    Acts,
    Fact,
    Facts,
    Named,
    NamedRows,
    Nothing,
    SectionContent,
    SectionState,
)
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.theme.tokens import Tone
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
OF_WHOEVER_ASKS = (Task.TURN_OFF, Task.PAIR, Task.REVOKE)
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


def callers_content(
    port: int, callers: Sequence[Caller], offered: Sequence[SiteField], language: Language
) -> SectionContent:
    """Whether other programs are answered, and each that is admitted; ``offered`` are the site's own fields that
    answers may hold. One that was dropped since is told to nobody."""
    text = language.text
    known = _known(callers, offered, language)
    if not port and not callers:
        why = text("Turn it on where a program of this machine, such as the reception's, is to ask who somebody is.")
        nothing = Nothing(text("No program may ask this desk yet"), why)
        return SectionContent(
            (_how(language),), nothing=nothing, next_act=Task.TURN_ON, absent=frozenset(OF_WHOEVER_ASKS)
        )
    if not port:
        condition = SectionState(
            Tone.NEUTRAL, text("Other programs are not answered now."), text("Who is admitted stays so.")
        )
        absent = frozenset({Task.TURN_OFF, Task.PAIR})
        return SectionContent((known, Acts((Task.REVOKE,))), condition, next_act=Task.TURN_ON, absent=absent)
    address = text("On this machine alone, at 127.0.0.1:{port}", port=port)
    condition = SectionState(Tone.ACCEPTED, text("Other programs are answered."), address)
    if not callers:
        none = Facts((Fact(text("Admitted"), text("Nobody yet")),))
        return SectionContent((none, Acts((Task.TURN_OFF,))), condition, absent=frozenset({Task.TURN_ON, Task.REVOKE}))
    return SectionContent((known, Acts((Task.REVOKE, Task.TURN_OFF))), condition, absent=frozenset({Task.TURN_ON}))


def _how(language: Language) -> Facts:
    """How a program comes to ask, and what it can do then."""
    text = language.text
    rows = (
        Fact(text("Who can ask"), text("Programs of this machine, each admitted by a code and a second person.")),
        Fact(text("What they can do"), text("Ask. Whoever is at the desk sees it and carries it out, or refuses.")),
        Fact(text("What they are told"), text("The outcome, and of the person only what you choose for each.")),
    )
    return Facts(rows, text("How it goes"), short=True)


def _known(callers: Sequence[Caller], offered: Sequence[SiteField], language: Language) -> NamedRows:
    text, rows = language.text, []
    for caller in callers:
        whence = caller.origin or text("a program of this machine")
        own = [known.label(language.code) for known in offered if known.key in caller.site_fields]
        granted = granted_text(caller, own, language)
        since = text("since {since}", since=language.moment(caller.admitted_at))
        rows.append(Named(caller.name, f"{granted}\n{whence} · {since}"))
    return NamedRows(tuple(rows), "plug", text("Programs that are admitted"))
