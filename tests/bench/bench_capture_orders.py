"""How often an attacker who sends frames and events in any order is accepted, or makes a suspicion disappear: 10,000
runs of each of two machines, every run drawn and shrunk by Hypothesis as one string of bytes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.workflow import events
from tests.bench.report import Report
from tests.makers import CAMERA
from tests.unit.station.services.test_suspicions import run_on_paper
from tests.unit.workflow.test_bound_evidence import ANOTHER_CAMERA, AttackedVerification, Shown

RUNS = 10_000
LONGEST = 60  # acts of a run
PLAN = settings(
    max_examples=RUNS,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
PERSON = Shown(True, 0.9, True, True, 0, CAMERA, SourceKind.LIVE)


def run(report: Report) -> None:
    """Raises AssertionError with the shortest order found that breaks a rule."""
    ended: Counter[str] = Counter()

    @PLAN
    @given(st.binary(min_size=8, max_size=LONGEST))
    def attack(order: bytes) -> None:
        machine = _attacked(order)
        ended["verifications"] += 1
        ended["accepted"] += machine.session.verdict is Verdict.ACCEPTED
        ended["suspected"] += machine.suspected

    @PLAN
    @given(st.binary(min_size=8, max_size=LONGEST))
    def work(order: bytes) -> None:
        desk = run_on_paper(order)
        ended["desks"] += 1
        ended["passed"] += len(desk.passed)
        ended["noted"] += len(desk.all_noted())

    attack()
    work()
    report.figure("orders of frames and events tried", ended["verifications"], "", at_least=RUNS)
    report.figure("ended with the person accepted, seen whole", ended["accepted"], "", at_least=RUNS / 100)
    report.figure("ended with a suspicion, none of them accepted", ended["suspected"], "")
    report.figure("orders of captures, errors, kills and clocks at a desk tried", ended["desks"], "", at_least=RUNS)
    report.figure("attempts accepted, saved or searched with, none suspected", ended["passed"], "", at_least=RUNS / 100)
    report.figure("suspicions shown, each counted and audited once", ended["noted"], "", at_least=RUNS / 10)


def _attacked(order: bytes) -> AttackedVerification:
    """One verification; each byte is an act of the attacker."""
    machine = AttackedVerification()
    machine.begin(demo=order[0] % 2 == 0)
    for number in order:
        if machine.session.decision is None:
            ACTS[number](machine)
        machine.who_is_accepted_was_seen_in_a_whole_window()
    return machine


def _frames() -> list[Shown]:
    """What may be before the camera, the likelier the more often."""
    drawn = random.Random(7)
    return [
        Shown(
            own=drawn.random() < 0.75,
            liveness=drawn.choice([0.95, 0.95, 0.95, 0.9, 0.6, 0.45, 0.16, 0.05, None]),
            usable=drawn.random() < 0.75,
            judged=drawn.random() < 0.75,
            picture=drawn.randrange(40),
            camera=drawn.choice([CAMERA, CAMERA, CAMERA, ANOTHER_CAMERA]),
            kind=drawn.choice([SourceKind.LIVE, SourceKind.LIVE, SourceKind.LIVE, SourceKind.RECORDED]),
        )
        for _ in range(128)
    ]


def _show(*shown: Shown) -> Callable[[AttackedVerification], None]:
    def act(machine: AttackedVerification) -> None:
        for number, frame in enumerate(shown):
            machine._show(replace(frame, picture=frame.picture + 100 * number))

    return act


def _send(*sent: events.Event) -> Callable[[AttackedVerification], None]:
    def act(machine: AttackedVerification) -> None:
        for event in sent:
            machine._send(event)

    return act


FRAMES = _frames()
ACTS: tuple[Callable[[AttackedVerification], None], ...] = (
    *(_show(frame) for frame in FRAMES),
    *(_show(*[frame] * (2 + number % 7)) for number, frame in enumerate(FRAMES[:48])),
    *(_show(*[replace(PERSON, picture=number)] * (3 + number % 4)) for number in range(40)),
    *[_send(events.CaptureEnded())] * 8,
    *[_send(events.BestTaken())] * 8,
    *[_send(events.CaptureStarted(FACE))] * 8,
    *[_send(events.CaptureKept(), events.CapturesFinished())] * 16,
)
