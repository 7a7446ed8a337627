"""Carries out what the section of desks offers: admit a desk to the register, take one out, send or fetch, check it
all; and the rows that tell how the desks stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Rows, Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.erasure_at_desks import desk_line
from mlid_desktop.station.administration.register import DeskStanding, RegisterService
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from mlid_desktop.gui.page.second_person import Confirm

SHOWN_ERASURES = 20  # of those that a desk has not carried out


class DeskActions:
    """``ways`` has the method for each task."""

    def __init__(self, host: ActionHost) -> None:
        self._host = host
        self.ways: Mapping[Task, Callable[[], None]] = {
            Task.ADMIT_DESK: self._admit,
            Task.REMOVE_DESK: self._remove,
            Task.BRING_IN_STEP: self._bring_in_step,
            Task.CHECK_REGISTER: self._check,
        }

    @property
    def _service(self) -> RegisterService:
        return self._host.workspace.unlocked.session.register

    def _text(self, message: str, **blanks: object) -> str:
        return self._host.workspace.language.text(message, **blanks)

    def _admit(self) -> None:
        text, service = self._text, self._service
        why = _("It shows a code while it asks to join. A second person confirms it.")
        question = self._host.question(_("Admit a desk"), why, _("Go on"))
        field = question.add_field(text("Code that the other desk shows"))
        if not self._host.ask(question):
            return
        code = field.text()

        def admit(confirm: Confirm) -> str:
            service.admit(code, confirm())
            return text("The desk may join. It goes on by itself.")

        self._host.run_by_two(Act.GOVERN, text("Admit this desk?"), admit)

    def _remove(self) -> None:
        self._host.workspace.on_vault(self._others, self._ask_which, self._host.refused)

    def _others(self) -> tuple[DeskStanding, ...]:
        return tuple(desk for desk in self._service.desks() if not desk.is_own and not desk.is_removed)

    def _ask_which(self, others: Sequence[DeskStanding]) -> None:
        text, service = self._text, self._service
        if not others:
            self._host.say(text("No other desk is in the register."), Tone.INFORMATION)
            return
        why = _("It is let in no more and gets no further keys. What it holds has to be presumed known.")
        question = self._host.question(_("Take a desk out"), why, _("Take out"), danger=True)
        which = question.add_choice(
            text("Which"), [(f"{desk.name} ({desk.identifier[:12]})", desk.identifier) for desk in others]
        )
        if not self._host.ask(question):
            return
        desk, name = str(which.currentData()), which.currentText()

        def remove(confirm: Confirm) -> str:
            service.remove(desk, confirm())
            return text(
                "{name} is taken out: the register lets it in no more, and gives it no further keys.", name=name
            )

        self._host.run_by_two(Act.GOVERN, text("Take {name} out?", name=name), remove)

    def _bring_in_step(self) -> None:
        text, service = self._text, self._service

        def move() -> str:
            moved = service.bring_in_step()
            fetched, sent = _("Fetched: {come}, taken away: {gone}."), _("Sent: {come}, taken away: {gone}.")
            return text(fetched if service.reads else sent, come=moved.come, gone=moved.gone)

        self._host.run(move)

    def _check(self) -> None:
        text, service = self._text, self._service

        def check() -> str:
            found = service.verify()
            return text(
                "The register is whole: {items} items, {changes} signed changes.",
                items=found.items,
                changes=found.changes,
            )

        self._host.run(check)


def register_rows(service: RegisterService, now: datetime, language: Language) -> Rows:
    """Rows of each desk, and of the erasures that a desk has not carried out. Raises RegisterError."""
    text = language.text
    if service.reads is None:
        alone = text("This vault is in no register: this desk works alone.")
        how = text("Whoever administers the desks sets a register up; the guide on registers says how.")
        return ((text("Register"), alone), (text("How"), how))
    rows = [(desk.name, desk_line(desk, now, language)) for desk in service.desks()]
    if not service.reads:
        waiting = [erasure for erasure in service.erasures() if erasure.waiting]
        rows += [
            (
                text("Erasure, entry {entry}", entry=erasure.entry.sequence),
                text("not yet: {names}", names=", ".join(desk.name for desk in erasure.waiting)),
            )
            for erasure in waiting[:SHOWN_ERASURES]
        ]
    return tuple(rows)
