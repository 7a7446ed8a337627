"""How often an attacker who sends frames and events in any order is accepted: 10,000 runs of the state machine."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from mlid_desktop.domain.decisions import Verdict
from tests.bench.report import Report
from tests.unit.workflow.test_bound_evidence import AttackedVerification

RUNS = 10_000


def run(report: Report) -> None:
    """Raises AssertionError with the shortest order found that breaks a rule."""
    ended = {"runs": 0, "accepted": 0, "suspected": 0}

    class Counted(AttackedVerification):
        def teardown(self) -> None:
            ended["runs"] += 1
            ended["accepted"] += self.session.verdict is Verdict.ACCEPTED
            ended["suspected"] += self.suspected

    plan = settings(max_examples=RUNS, stateful_step_count=30, deadline=None, database=None, derandomize=True)
    run_state_machine_as_test(Counted, settings=plan)
    report.figure("orders of frames and events tried", ended["runs"], "", at_least=RUNS)
    report.figure("ended with the person accepted, seen whole", ended["accepted"], "", at_least=RUNS / 100)
    report.figure("ended with a suspicion, none of them accepted", ended["suspected"], "")
