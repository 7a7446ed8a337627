"""No order of captures, errors, kills and clocks loses a suspicion, or is accepted with one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paper_vault import PaperVault, two_people
from tests.suspicion_acts import ACTS
from tests.suspicion_machine import DeskMachine


def run_on_paper(order: bytes) -> DeskMachine:
    """Every act of the order, and at its end two people at the desk."""
    paper = two_people()
    desk = DeskMachine(lambda clock: PaperVault(paper, clock))
    for number in order:
        desk.do(ACTS[number % len(ACTS)])
    desk.reach_fresh_attempts()
    return desk


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_order_of_events_loses_a_suspicion_or_is_accepted_with_one(order: bytes) -> None:
    run_on_paper(order)
