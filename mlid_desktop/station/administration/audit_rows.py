"""What is shown of the audit: sentences first, its own words on demand; by whom, of what and of which day is chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from mlid_desktop.domain.audit import AuditEntry
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.station.documents.figure_sheet import outcome_text
from mlid_desktop.station.text.audit_events import EVENTS
from mlid_desktop.station.text.language import LEFT_TO_RIGHT_MARK, Language
from mlid_desktop.station.text.terms import VERDICTS
from mlid_desktop.vault.figures.counted_acts import COUNTED

MOST_ENTRIES: Final = 200  # shown at once, the newest of those that are chosen
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
    of it, with its ``verdict`` where that is one, and of which ``subject`` it tells, empty of none."""

    number: str
    moment: str
    done: str
    operator: str = field(repr=False)
    outcome: str = ""
    verdict: Verdict | None = None
    subject: str = field(default="", repr=False)


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
    """The chosen entries of the audit as rows, the newest first; with ``codes``, what the audit itself says stands
    under what was done, with identifiers cut short."""
    chosen = choice or AuditChoice()
    taken = [entry for entry in entries if chosen.takes(entry)][-MOST_ENTRIES:]
    return tuple(
        AuditRow(
            str(entry.sequence),
            language.moment(entry.at),
            _told(entry, language, codes=chosen.codes),
            _operator(entry),
            _outcome(entry, language),
            _verdict(entry),
            str(entry.facts.get("subject", "")),
        )
        for entry in reversed(taken)
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
    facts = COUNTED.get(entry.event, ())
    return outcome_text(entry.event, str(entry.facts.get(facts[0], "")), language) if facts else ""


def _operator(entry: AuditEntry) -> str:
    return str(entry.facts.get("operator", ""))


def _day(entry: AuditEntry) -> date:
    return entry.at.astimezone().date()


def _shortened(fact: object) -> str:
    """A fact of the audit as it is, but for the length of identifiers."""
    return IDENTIFIER.sub(r"\1", str(fact))
