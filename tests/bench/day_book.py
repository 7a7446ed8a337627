"""What the director of a day of five desks knows: what people came for, what desks said of it, and what has to be there
at the end."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import Standing
from tests.bench.cut_network import CutNetwork
from tests.bench.desk_of_a_day import (
    CORRECT,
    DONE,
    ENROL,
    ERASE,
    LATER,
    VERIFY,
    WITHDRAW,
    Act,
    Answer,
    DeskReport,
)

EXPECTED: Final = {  # what an act may be refused with, because of another that came before it
    ENROL: {Code.USAGE_NUMBER_TAKEN.value},
    VERIFY: {Code.USAGE_UNKNOWN_SUBJECT.value, Code.USAGE_CONSENT_WITHDRAWN.value},
    CORRECT: {Code.USAGE_UNKNOWN_SUBJECT.value, Code.USAGE_CONSENT_WITHDRAWN.value},
    WITHDRAW: {Code.USAGE_UNKNOWN_SUBJECT.value, Code.USAGE_CONSENT_WITHDRAWN.value},
    ERASE: {Code.USAGE_UNKNOWN_SUBJECT.value},
}


@dataclass(slots=True)
class Desk:
    """A desk as the day's director sees it: the act that it is at, what came of the acts before, and its memory."""

    folder: Path
    network: CutNetwork
    process: SpawnProcess
    pipe: Connection
    act: Act | None = None
    is_ready: bool = False
    since: float = 0.0
    memory: list[int] = field(default_factory=list)

    def ask(self, act: Act) -> None:
        """Sends it an act."""
        self.act, self.since = act, time.monotonic()
        self.pipe.send(act)


@dataclass(slots=True)
class Day:
    """What was asked for, and what desks said to be done."""

    chosen: random.Random
    waiting: list[Act] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    later: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    felt: dict[str, list[float]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)  # number by person, of those said to be enrolled
    names: dict[str, str] = field(default_factory=dict)  # said to be corrected
    withdrawn: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    perhaps_erased: set[str] = field(default_factory=set)
    rivals: dict[str, list[str]] = field(default_factory=dict)  # people by number
    growth: list[float] = field(default_factory=list)  # of a process, in MB

    def hear(self, desk: Desk, answer: Answer) -> None:
        """Takes what a desk says of its act."""
        act = desk.act
        assert act is not None
        desk.memory.append(answer.memory)
        self.felt.setdefault(act.kind, []).append(1000 * answer.seconds)
        if answer.outcome == LATER:
            self.later[answer.code] += 1
            return  # it is asked for again
        desk.act = None
        if answer.outcome == DONE:
            self.done[act.kind] += 1
            self._note(act)
            return
        self.refused[f"{act.kind} {answer.code}"] += 1
        if answer.code not in EXPECTED[act.kind]:
            self.wrong.append(f"{act.kind}: {answer.code}")
        elif answer.code == Code.USAGE_CONSENT_WITHDRAWN.value:
            self.withdrawn.add(act.subject_id)
        elif act.kind == ERASE:  # not known there yet, or erased by a process that was killed before it could say so
            self.perhaps_erased.add(act.subject_id)

    def next_act(self) -> Act | None:
        """The next one, about somebody who is there."""
        while self.waiting:
            act = self.waiting.pop()
            if act.kind == ENROL:
                return act
            about = [person for person in self.people if person not in self.erased and person not in self.withdrawn]
            if about:
                return Act(act.kind, self.chosen.choice(about), name=act.name)
        return None

    def _note(self, act: Act) -> None:
        if act.enrolment is not None:
            self.people[act.enrolment.subject_id] = act.enrolment.details.number
        elif act.kind == CORRECT:
            self.names[act.subject_id] = act.name
        elif act.kind == WITHDRAW:
            self.withdrawn.add(act.subject_id)
        elif act.kind == ERASE:
            self.erased.add(act.subject_id)


def faults_of(day: Day, reports: list[DeskReport], newest: tuple[int, int]) -> list[str]:
    """Whatever is not as it has to be."""
    first, gone = reports[0], day.erased | day.perhaps_erased
    numbers = Counter(number for number, *_ in first.people.values())
    found = [f"desk {at} has other people" for at, desk in enumerate(reports) if desk.people != first.people]
    found += [f"desk {at} searches {desk.searched} of {desk.stored}" for at, desk in enumerate(reports)
              if desk.searched != desk.stored]  # fmt: skip
    found += [f"something waits at desk {at}" for at, desk in enumerate(reports) if desk.waits]
    found += [f"desk {at}: another register" for at, desk in enumerate(reports)
              if (desk.items, desk.point, desk.erased) != (first.items, first.point, first.erased)]  # fmt: skip
    found += [f"{person} is lost" for person in day.people if person not in first.people and person not in gone]
    found += [f"{person} was erased and is there" for person in day.erased if person in first.people]
    found += [f"{person} is there and nobody enrolled them" for person in first.people if person not in day.people]
    found += [f"{number} is there twice" for number, times in numbers.items() if times > 1]
    found += [f"{person} withdrew and is compared" for person in day.withdrawn - gone
              if first.people[person][1] == Standing.HELD.value]  # fmt: skip
    found += [f"{person} has another name" for person, name in day.names.items()
              if person in first.people and not first.people[person][2].startswith("Corrected")]  # fmt: skip
    found += [f"{number}: not one of two" for number, pair in day.rivals.items()
              if sum(person in first.people or person in gone for person in pair) != 1]  # fmt: skip
    found += [f"{newest[1]} changes, of which {newest[0]} are there"] if newest[0] != newest[1] else []
    missing = {person for person in gone if person not in first.people}
    found += [] if first.erased == len(missing) else [f"{first.erased} entries of {len(missing)} erasures"]
    return found
