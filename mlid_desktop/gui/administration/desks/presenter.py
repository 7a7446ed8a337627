"""What the section of desks shows: how each desk of the register stands, and which erasures one has not carried out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mlid_desktop.gui.administration.presenter import OFFERED, Rows, Section, Task
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


def register_rows(service: RegisterService, now: datetime, language: Language) -> Rows:
    """Rows of each desk, and of the erasures that a desk has not carried out. Raises RegisterError."""
    text = language.text
    if service.leads is None:
        alone = text("This vault is in no register: this desk works alone.")
        how = text("“Make a register …” shares what it has with other desks, which join at their first start.")
        return ((text("Register"), alone), (text("How"), how))
    desks = service.desks()
    rows = [
        (text("Leads"), _leading(desks, language)),
        *_version(service, language),
        *((desk.name, desk_line(desk, now, language)) for desk in desks),
    ]
    waiting = [erasure for erasure in service.erasures() if erasure.waiting]
    rows += [
        (
            text("Erasure, entry {entry}", entry=erasure.entry.sequence),
            text("not yet: {names}", names=", ".join(desk.name for desk in erasure.waiting)),
        )
        for erasure in waiting[:SHOWN_ERASURES]
    ]
    return tuple(rows)


def _version(service: RegisterService, language: Language) -> Rows:
    words = older_words(service.schema, language)
    return ((language.text("Version"), words),) if words else ()


def _leading(desks: Sequence[DeskStanding], language: Language) -> str:
    """Which desk leads, and what is done there alone."""
    text = language.text
    if any(desk.is_own and desk.leads for desk in desks):
        return text("This desk. Operators, policy, the site's fields, keys, backups and desks are looked after here.")
    name = next((desk.name for desk in desks if desk.leads), "–")
    return text(
        "{name}. Operators, policy, the site's fields, keys, backups and desks are looked after there.", name=name
    )
