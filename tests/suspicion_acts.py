"""Everything that can happen at the desk of ``suspicion_machine``, what is likelier the more often."""

from __future__ import annotations

from collections.abc import Callable

from mlid_desktop.domain.characteristics import FACE
from tests.makers import INDEX
from tests.shown_frames import SCRIPTS
from tests.suspicion_machine import NEW_NUMBER, DeskMachine

ACTS: tuple[Callable[[DeskMachine], None], ...] = (
    *(lambda desk, script=script: desk.capture(FACE, script) for script in SCRIPTS),
    *(lambda desk, script=script: desk.capture(INDEX, script) for script in SCRIPTS[:4]),
    lambda desk: desk.capture(FACE, SCRIPTS[0]),
    lambda desk: desk.verify("1"),
    lambda desk: desk.verify("1", (FACE, INDEX)),
    lambda desk: desk.verify("2"),
    lambda desk: desk.verify("2", (FACE,)),
    *[lambda desk: desk.pass_honestly("1")] * 4,
    *[lambda desk: desk.pass_honestly("2")] * 2,
    DeskMachine.enrol,
    DeskMachine.enrol,
    DeskMachine.enrol_anew,
    DeskMachine.search,
    DeskMachine.keep,
    DeskMachine.keep,
    DeskMachine.keep,
    DeskMachine.keep,
    DeskMachine.finish,
    DeskMachine.finish,
    DeskMachine.finish,
    DeskMachine.best,
    DeskMachine.again,
    DeskMachine.step_back,
    DeskMachine.put_away,
    DeskMachine.take_up,
    DeskMachine.begin_again,
    DeskMachine.begin_again,
    DeskMachine.leave,
    DeskMachine.kill,
    lambda desk: desk.wait(1),
    lambda desk: desk.wait(40),
    lambda desk: desk.set_clock(1.5),
    lambda desk: desk.set_clock(-1.5),
    lambda desk: desk.set_clock(-0.001),
    lambda desk: desk.fill_disk(full=True),
    lambda desk: desk.fill_disk(full=False),
    lambda desk: desk.fill_disk(full=False),
    lambda desk: desk.release("1"),
    lambda desk: desk.release("2"),
    lambda desk: desk.release(NEW_NUMBER),
)
