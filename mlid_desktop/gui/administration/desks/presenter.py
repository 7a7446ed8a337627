"""What the section of desks shows: how each desk of the register stands, and which erasures one has not carried out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

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
from mlid_desktop.gui.administration.presenter import OFFERED, Section, Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.register.erasures import desk_line
from mlid_desktop.station.administration.register.service import DeskStanding, RegisterService
from mlid_desktop.station.administration.register.upgrading import older_words
from mlid_desktop.station.text.language import Language

SHOWN_ERASURES: Final = 20  # of those that a desk has not carried out


OF_THE_LEADING_DESK: Final = frozenset({Task.ADMIT_DESK, Task.REMOVE_DESK, Task.UPGRADE_REGISTER})


def has_place(task: Task, leads: bool | None, *, is_older: bool) -> bool:
    """Whether an action on desks has its place where this one leads a register, is in one, or works alone (None);
    ``is_older``: the register is, than this program knows."""
    if task is Task.UPGRADE_REGISTER and not is_older:
        return False
    if task in OF_THE_LEADING_DESK and not leads:
        return False
    return task not in OFFERED[Section.DESKS] or (leads is None) == (task is Task.MAKE_REGISTER)


def desks_content(service: RegisterService, now: datetime, language: Language) -> SectionContent:
    """How each desk stands, and the erasures that a desk has not carried out; alone, what a register is. Raises
    RegisterError."""
    text, leads = language.text, service.leads
    first = {True: Task.ADMIT_DESK, False: Task.BRING_IN_STEP, None: Task.MAKE_REGISTER}[leads]
    if leads is None:
        how = text("Several desks can know the same people. It is set up once, with your IT.")
        nothing = Nothing(text("This desk works alone"), how)
        absent = _absent(leads, is_older=False)
        return SectionContent((_how(language),), nothing=nothing, next_act=first, absent=absent)
    desks = service.desks()
    waiting = [erasure for erasure in service.erasures() if erasure.waiting]
    listed = NamedRows(
        tuple(Named(desk.name, desk_line(desk, now, language)) for desk in desks),
        "devices",
        text("Desks of the register"),
    )
    facts = (Fact(text("Leads"), _leading(desks, language)), *_version(service, language))
    undone = tuple(
        Fact(
            text("Erasure, entry {entry}", entry=erasure.entry.sequence),
            text("not yet: {names}", names=", ".join(desk.name for desk in erasure.waiting)),
            Tone.INCONCLUSIVE,
        )
        for erasure in waiting[:SHOWN_ERASURES]
    )
    acts = Acts(tuple(task for task in OFFERED[Section.DESKS] if task is not Task.MAKE_REGISTER))
    rest = (Facts(undone, text("Erasures that a desk has not carried out")),) if undone else ()
    words = text("A desk has not carried out every erasure.") if undone else text("This desk is one of a register.")
    condition = SectionState(Tone.INCONCLUSIVE if undone else Tone.ACCEPTED, words)
    absent = _absent(leads, is_older=service.is_older)  # known once its desks were read
    return SectionContent((listed, Facts(facts), *rest, acts), condition, next_act=first, absent=absent)


def _how(language: Language) -> Facts:
    """What it takes to share people with other desks, and what that comes to."""
    text = language.text
    rows = (
        Fact(text("What it takes"), text("A server of yours with an empty PostgreSQL database, and its certificate.")),
        Fact(text("What the server sees"), text("Nothing that it can read: this desk encrypts everything first.")),
        Fact(
            text("What people are told"),
            text(
                "The consent text says it from version 4 on. Whoever agreed to an earlier one is asked to agree again."
            ),
        ),
        Fact(text("Who leads"), text("This desk: it admits the others, and looks after policy, keys and backups.")),
    )
    return Facts(rows, text("How it goes"), short=True)


def _absent(leads: bool | None, *, is_older: bool) -> frozenset[Task]:
    return frozenset(task for task in OFFERED[Section.DESKS] if not has_place(task, leads, is_older=is_older))


def _version(service: RegisterService, language: Language) -> tuple[Fact, ...]:
    words = older_words(service.schema, language)
    return (Fact(language.text("Version"), words),) if words else ()


def _leading(desks: Sequence[DeskStanding], language: Language) -> str:
    """Which desk leads, and what is done there alone."""
    text = language.text
    if any(desk.is_own and desk.leads for desk in desks):
        return text("This desk. Operators, policy, the site's fields, keys, backups and desks are looked after here.")
    name = next((desk.name for desk in desks if desk.leads), "–")
    return text(
        "{name}. Operators, policy, the site's fields, keys, backups and desks are looked after there.", name=name
    )
