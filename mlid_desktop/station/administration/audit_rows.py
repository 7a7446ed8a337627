"""What is shown of the audit: sentences first, its own words on demand; by whom, of what and of which day is chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Final

from mlid_desktop.domain.audit import AuditEntry
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.station.documents.figure_sheet import outcome_text
from mlid_desktop.station.text.audit_events import EVENTS
from mlid_desktop.station.text.language import LEFT_TO_RIGHT_MARK, Language
from mlid_desktop.station.text.terms import VERDICTS
from mlid_desktop.vault.figures.counted_acts import COUNTED

MOST_ENTRIES: Final = 200  # shown at once, the newest of those that are chosen
UNSAVED: Final = frozenset({"consent.declined", "draft.dropped", "draft.resumed", "draft.saved", "enrolment.refused"})
"""What is told of people who have no record: the audit holds no name."""
ROUTINE: Final = frozenset({"draft.saved", "draft.resumed"})
"""What is written at each step of one and the same act."""
IDENTIFIER = re.compile(r"\b([0-9a-f]{12})[0-9a-f]+\b")


@dataclass(frozen=True, slots=True)
class AuditChoice:
    """Which entries of the audit are shown, and how much of each: by whom, of which event, of which day in the local
    time zone; empty or None is everything. ``codes`` adds what the audit itself says, in its own words."""

    operator: str = ""
    event: str = ""
    day: date | None = None
    codes: bool = False

    def takes(self, entry: AuditEntry) -> bool:
        """Whether an entry is one of those chosen."""
        return (
            self.operator in {"", _operator(entry)}
            and self.event in {"", entry.event}
            and self.day in {None, _day(entry)}
        )


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry of the audit as a row of a table: its number, when it was written, what was done and by whom, what came
    of it, with its ``verdict`` where that is one, and of which ``subject`` it tells, empty of none; ``unsaved`` of
    somebody who has no record."""

    number: str
    moment: str
    done: str
    operator: str = field(repr=False)
    outcome: str = ""
    verdict: Verdict | None = None
    subject: str = field(default="", repr=False)
    unsaved: bool = False


@dataclass(frozen=True, slots=True)
class AuditOffers:
    """What can be chosen from, because there are entries of it: names, events by their sentence, days, newest first."""

    operators: tuple[str, ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    days: tuple[date, ...] = ()


def audit_offers(entries: Sequence[AuditEntry], language: Language) -> AuditOffers:
    """What can be chosen from among these entries."""
    events = {entry.event: _sentence(entry, language) for entry in entries}
    return AuditOffers(
        tuple(sorted({name for entry in entries if (name := _operator(entry))})),
        tuple(sorted(events.items(), key=lambda event: event[1])),
        tuple(sorted({_day(entry) for entry in entries}, reverse=True)),
    )


def audit_rows(
    entries: Sequence[AuditEntry], language: Language, choice: AuditChoice | None = None
) -> tuple[AuditRow, ...]:
    """The chosen entries of the audit as rows, the newest first; what is written at each step of one act, by the same
    person one after the other, is one row that counts. With ``codes`` each entry is a row, and what the audit itself
    says stands under what was done, with identifiers cut short."""
    chosen = choice or AuditChoice()
    taken = [entry for entry in entries if chosen.takes(entry)][-MOST_ENTRIES:]
    alike = groupby(reversed(taken), lambda entry: _alike(entry, codes=chosen.codes))
    return tuple(_row(tuple(entries), language, codes=chosen.codes) for _, entries in alike)


def _alike(entry: AuditEntry, *, codes: bool) -> tuple[object, ...]:
    """What entries have in common that are one row."""
    if codes or entry.event not in ROUTINE:
        return (entry.sequence,)
    return entry.event, _operator(entry), _day(entry)


def _row(entries: Sequence[AuditEntry], language: Language, *, codes: bool) -> AuditRow:
    """One or several entries, the newest first, as one row."""
    newest, oldest = entries[0], entries[-1]
    done, number = _told(newest, language, codes=codes), str(newest.sequence)
    if newest is not oldest:
        times = language.plural("{number} time", "{number} times", len(entries))
        done = f"{done} · {times}"
        number = f"{oldest.sequence}–{newest.sequence}"
    return AuditRow(
        number,
        language.moment(newest.at),
        done,
        _operator(newest),
        _outcome(newest, language),
        _verdict(newest),
        str(newest.facts.get("subject", "")),
        newest.event in UNSAVED,
    )


def _told(entry: AuditEntry, language: Language, *, codes: bool) -> str:
    said = _sentence(entry, language)
    if not codes:
        return said
    facts = " · ".join(f"{name} {_shortened(value)}" for name, value in entry.facts.items() if value != "")
    return f"{said}\n{LEFT_TO_RIGHT_MARK}{entry.event}   {facts}"


def _sentence(entry: AuditEntry, language: Language) -> str:
    return language.text(EVENTS.get(entry.event, entry.event))


def _verdict(entry: AuditEntry) -> Verdict | None:
    try:
        return Verdict(str(entry.facts.get("verdict", "")))
    except ValueError:
        return None


def _outcome(entry: AuditEntry, language: Language) -> str:
    verdict = _verdict(entry)
    if verdict is not None:
        return language.text(VERDICTS[verdict])
    if entry.event == "identification.closed" and not entry.facts.get("outcome"):
        text = language.text
        return text("nobody was chosen") if entry.facts.get("candidates") else text("no candidates")
    facts = COUNTED.get(entry.event, ())
    return outcome_text(entry.event, str(entry.facts.get(facts[0], "")), language) if facts else ""


def _operator(entry: AuditEntry) -> str:
    return str(entry.facts.get("operator", ""))


def _day(entry: AuditEntry) -> date:
    return entry.at.astimezone().date()


def _shortened(fact: object) -> str:
    """A fact of the audit as it is, but for the length of identifiers."""
    return IDENTIFIER.sub(r"\1", str(fact))
