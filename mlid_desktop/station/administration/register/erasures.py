"""The certificate of an erasure in a register of many desks: which desks have carried it out, and which may still hold
the person. It names nobody: the person is an identifier that leads to no name any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mlid_desktop.station.administration.register.service import DeskStanding, ErasureStanding
from mlid_desktop.station.documents.pdf import PaperSection, PaperSheet
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import ERASURES
from mlid_desktop.vault.unlocked.register.standings import SILENT

CLOCKS_AGREE = timedelta(minutes=5)


def erasure_at_desks(erasure: ErasureStanding, vault_id: str, now: datetime, language: Language) -> PaperSheet:
    """The certificate of one erasure as a document."""
    text, entry = language.text, erasure.entry
    done = (
        (text("Erased on"), language.date(entry.erased_at)),
        (text("Reason"), text(ERASURES[entry.reason])),
        (text("Entry of the list of erasures"), str(entry.sequence)),
        (text("Identifier"), entry.subject_id),
        (text("Vault"), vault_id),
    )
    whole = text(
        "Every desk has deleted what it held of the person, and destroyed the key that it was under. Nobody can read "
        "it any more, also not from an old copy of the register."
    )
    open_still = text(
        "A desk that has not carried it out may still hold the person until it is in step again. What a desk that "
        "never comes back holds has to be presumed known."
    )
    return PaperSheet(
        text("Erasure at the desks of a register"),
        text("State of {when}", when=language.moment(now)),
        text("Done at {done} of {desks} desks", done=len(erasure.done), desks=len(erasure.done) + len(erasure.waiting)),
        (
            PaperSection(text("Erasure"), done),
            PaperSection(text("Carried out at"), _rows(erasure.done, now, language)),
            PaperSection(text("Not yet at"), _rows(erasure.waiting, now, language), open_still)
            if erasure.waiting
            else PaperSection(text("Not yet at"), text=whole),
        ),
    )


def desk_line(desk: DeskStanding, now: datetime, language: Language) -> str:
    """How a desk stands, in words."""
    text = language.text
    parts = [text("this desk")] if desk.is_own else []
    parts += [text("leads")] if desk.leads else []
    if desk.is_removed:
        parts.append(text("taken out"))
    elif desk.word is None or desk.said_at is None:
        parts.append(text("has said nothing yet"))
    else:
        behind = text("changes not seen: {changes}", changes=desk.behind)
        parts.append(text("in step") if not desk.behind else behind)
        parts.append(text("last seen {when}", when=language.moment(desk.said_at)))
        if abs(desk.clock_ahead) > CLOCKS_AGREE:
            minutes = round(abs(desk.clock_ahead).total_seconds() / 60)
            parts.append(
                text("its clock and the server's differ by {minutes} minutes", minutes=language.number(minutes))
            )
        parts += [text("silent for long: take it out")] if now - desk.said_at > SILENT and not desk.is_own else []
    if desk.word is not None:
        parts.append(text("version {version}", version=desk.word.version))
    return " · ".join(parts)


def _rows(desks: Sequence[DeskStanding], now: datetime, language: Language) -> tuple[tuple[str, str], ...]:
    return tuple((desk.name, desk_line(desk, now, language)) for desk in desks)
