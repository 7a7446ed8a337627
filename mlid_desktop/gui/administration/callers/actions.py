"""Carries out what the section of other programs offers: turn the interface on or off, pair a program, revoke one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.callers.presenter import granted_text
from mlid_desktop.gui.administration.callers.question import AdmissionQuestion
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.site_fields.schema import SiteField
from mlid_desktop.station.external_requests.service import (
    USUAL_PORT,
    Caller,
    ExternalRequestService,
)
from mlid_desktop.station.text.language import N_ as _

if TYPE_CHECKING:
    from mlid_desktop.gui.page.second_person import Confirm


class CallerActions:
    """``ways`` has the method for each task."""

    def __init__(self, parent: QWidget, host: ActionHost) -> None:
        self._parent, self._host = parent, host
        self.ways: Mapping[Task, Callable[[], None]] = {
            Task.TURN_ON: self._turn_on,
            Task.TURN_OFF: self._turn_off,
            Task.PAIR: self._pair,
            Task.REVOKE: self._revoke,
        }

    @property
    def _service(self) -> ExternalRequestService:
        return self._host.workspace.unlocked.session.external_requests

    def _text(self, message: str, **blanks: object) -> str:
        return self._host.workspace.language.text(message, **blanks)

    def _turn_on(self) -> None:
        text, service = self._text, self._service
        why = _("Programs of this machine that are admitted here may then ask. Nothing is done without an operator.")
        question = self._host.question(_("Let programs ask this desk"), why, _("Turn on"))
        field = question.add_field(text("Port of this machine (usually as it stands)"))
        field.setText(str(USUAL_PORT))
        question.wait_for(self._host.workspace.language, field)
        if not self._host.ask(question):
            return
        port = int(field.text()) if field.text().strip().isdecimal() and len(field.text()) < 6 else 1

        def turn() -> str:
            service.turn(port)
            self._changed()
            return text("This desk answers other programs from now on.")

        self._host.run(turn)

    def _turn_off(self) -> None:
        text, service = self._text, self._service

        def turn() -> str:
            service.turn(0)
            self._changed()
            return text("This desk answers no other program any more.")

        self._host.run(turn)

    def _pair(self) -> None:
        """Everything but who it is; the program shows itself by the code that two people get for it."""
        self._host.workspace.on_vault(self._service.offered_fields, self._ask_whom)

    def _ask_whom(self, offered: Sequence[SiteField]) -> None:
        workspace, text, service = self._host.workspace, self._text, self._service
        language = workspace.language
        question = AdmissionQuestion(self._parent, workspace.theme, language, service.purposes(), offered)
        if not self._host.ask(question):
            return
        wanted = question.wanted
        own = [known.label(language.code) for known in offered if known.name in wanted.site_fields]
        granted = f"{wanted.name}: {granted_text(wanted, own, language)}."

        def offer(confirm: Confirm) -> str:
            code = service.offer(wanted, confirm())
            self._changed()
            name = wanted.name
            return text("Type {code} in {name}, within five minutes, while this window is open.", code=code, name=name)

        why = text("A second person confirms it with a passphrase.") + f" {granted}"
        self._host.run_by_two(Act.ADMIT_CALLER, text("Admit {name}?", name=wanted.name), offer, why=why)

    def _revoke(self) -> None:
        workspace, service = self._host.workspace, self._service
        workspace.on_vault(service.callers, self._ask_which)

    def _ask_which(self, known: Sequence[Caller]) -> None:
        text, service = self._text, self._service
        if not known:
            self._host.say(text("No other program is admitted."), Tone.INFORMATION)
            return
        why = _("Whatever it asks from now on, and what it has asked, is declined.")
        question = self._host.question(_("Remove a program"), why, _("Remove"), danger=True)
        which = question.add_choice(text("Which"), [(caller.name, caller.caller_id) for caller in known])
        if not self._host.ask(question):
            return
        caller_id, name = str(which.currentData()), which.currentText()

        def revoke() -> str:
            service.revoke(caller_id)
            self._changed()
            return text("{name} may ask nothing any more.", name=name)

        self._host.run(revoke)

    def _changed(self) -> None:
        """On the vault thread: the window hears of it."""
        workspace = self._host.workspace
        workspace.bridge.post(workspace.callers_changed.emit)
