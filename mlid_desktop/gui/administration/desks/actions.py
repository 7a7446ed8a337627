"""Carries out what the section of desks offers: make a register, admit a desk to it, take one out, send or fetch, check
it all, put back what its server lost, upgrade it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.desks.making_dialog import USUAL_ADMINISTRATOR, MakingDialog
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.register.mending import unheard_words
from mlid_desktop.station.administration.register.server import connection_words
from mlid_desktop.station.administration.register.service import (
    DeskStanding,
    MendPlan,
    RegisterService,
    UpgradePlan,
)
from mlid_desktop.station.administration.register.upgrading import done_words, plan_words
from mlid_desktop.station.text.language import N_ as _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from mlid_desktop.gui.page.second_person import Confirm


class DeskActions:
    """``ways`` has the method for each task. ``redo`` reads the section again; ``show`` opens the dialog that makes a
    register and is replaced in tests."""

    def __init__(self, parent: QWidget, host: ActionHost, redo: Callable[[], None]) -> None:
        self._parent, self._host, self._redo = parent, host, redo
        self.show: Callable[[MakingDialog], object] = MakingDialog.exec
        self.ways: Mapping[Task, Callable[[], None]] = {
            Task.MAKE_REGISTER: self._make,
            Task.ADMIT_DESK: self._admit,
            Task.REMOVE_DESK: self._remove,
            Task.BRING_IN_STEP: self._bring_in_step,
            Task.CHECK_REGISTER: self._check,
            Task.MEND_REGISTER: self._mend,
            Task.UPGRADE_REGISTER: self._upgrade,
        }

    @property
    def _service(self) -> RegisterService:
        return self._host.workspace.unlocked.session.register

    def _text(self, message: str, **blanks: object) -> str:
        return self._host.workspace.language.text(message, **blanks)

    def _make(self) -> None:
        def made() -> None:
            self._redo()
            self._host.workspace.register_made.emit()

        self.show(MakingDialog(self._parent, self._host, made))

    def _admit(self) -> None:
        text, service = self._text, self._service
        why = _("It shows a code while it asks to join. A second person confirms it.")
        question = self._host.question(_("Admit a desk"), why, _("Admit …"))
        field = question.add_field(text("Code that the other desk shows"))
        question.wait_for(self._host.workspace.language, field)
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

    def _mend(self) -> None:
        service = self._service
        self._host.workspace.on_vault(service.plan_to_mend, self._ask_to_mend, self._host.refused)

    def _ask_to_mend(self, plan: MendPlan) -> None:
        text, service = self._text, self._service
        lacks = text("Changes that the server lacks, and this desk saw: {changes}.", changes=plan.lacks)
        unheard = unheard_words(plan, self._host.workspace.language)
        question = self._host.question(_("Put back what the server lost"), f"{lacks} {unheard}", _("Put back"))
        if not self._host.ask(question):
            return

        def mend(confirm: Confirm) -> str:
            changes = service.mend(confirm())
            return text("Changes put back: {changes}. Other desks go on by themselves.", changes=changes)

        self._host.run_by_two(Act.RESTORE, text("Put it back?"), mend)

    def _upgrade(self) -> None:
        service = self._service
        self._host.workspace.on_vault(service.plan_to_upgrade, self._ask_to_upgrade, self._host.refused)

    def _ask_to_upgrade(self, plan: UpgradePlan) -> None:
        text, service, language = self._text, self._service, self._host.workspace.language
        if not plan.is_older:
            self._host.say(done_words(plan, language), Tone.INFORMATION)
            return
        tell = text("Tick the desks that may be cut off until they have the newer program.") if plan.cut_off else ""
        why = f"{plan_words(plan, language)} {tell}".strip()
        question = self._host.question(_("Update the register"), why, _("Update …"))
        role = question.add_field(text("Administrator's account"))
        role.setText(USUAL_ADMINISTRATOR)
        secret = question.add_field(text("Passphrase of this account"), secret=True)
        question.wait_for(language, role)
        boxes = [(question.add_check(desk.name), desk.identifier) for desk in plan.cut_off]
        if not self._host.ask(question):
            return
        administrator, password = connection_words({"user": role.text().strip()}), secret.text()
        without = [identifier for box, identifier in boxes if box.isChecked()]

        def upgrade(confirm: Confirm) -> str:
            return done_words(service.upgrade(administrator, without, confirm(), password), language)

        self._host.run_by_two(Act.GOVERN, text("Update the register?"), upgrade)

    def _bring_in_step(self) -> None:
        text, service = self._text, self._service

        def move() -> str:
            moved = service.bring_in_step()
            return text("In step. Fetched: {come}, taken away: {gone}.", come=moved.come, gone=moved.gone)

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
