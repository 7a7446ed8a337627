"""Carries out what the section of other programs offers: turn the interface on or off, pair a program, revoke one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Rows, Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.site_fields.schema import SiteField
from mlid_desktop.station.external_requests.service import (
    USUAL_PORT,
    Caller,
    CallerField,
    ExternalRequestService,
    RequestKind,
    Wanted,
)
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from mlid_desktop.gui.page.second_person import Confirm

TOLD = {"": frozenset[CallerField](), "number": {CallerField.NUMBER}, "name": set(CallerField)}
KINDS = {
    RequestKind.VERIFY: _("checks"),
    RequestKind.ENROL: _("enrolments"),
    RequestKind.WITHDRAW: _("withdrawals"),
    RequestKind.IDENTIFY: _("searches"),
}


class CallerActions:
    """``ways`` has the method for each task."""

    def __init__(self, host: ActionHost) -> None:
        self._host = host
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
        question = self._host.question(_("Answer other programs?"), why, _("Turn on"))
        field = question.add_field(text("Port of this machine"))
        field.setText(str(USUAL_PORT))
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
        text, service = self._text, self._service
        why = _("It gets a code, and names it within five minutes. A second person confirms it.")
        question = self._host.question(_("Admit another program"), why, _("Go on"))
        name = question.add_field(text("Name, as the desk shows it"))
        origin = question.add_field(text("Of a web page: its address, such as https://clinic.example"))
        answers = [(text("It may not ask who somebody is"), ""), (text("It may ask who somebody is"), "yes")]
        searches = question.add_choice(text("Searches"), answers)
        told = question.add_choice(
            text("What it is told of a person"),
            [
                (text("Nothing but the outcome"), ""),
                (text("The outcome and the number"), "number"),
                (text("The outcome, the number and the name"), "name"),
            ],
        )
        own = None
        if offered:
            language = self._host.workspace.language.code
            labels = ", ".join(known.label(language) for known in offered)
            own = question.add_choice(
                text("The site's own fields"),
                [(text("It is told none"), ""), (text("It is told: {fields}", fields=labels), "told")],
            )
        if not self._host.ask(question):
            return
        kinds = {RequestKind.VERIFY, RequestKind.ENROL, RequestKind.WITHDRAW}
        kinds |= {RequestKind.IDENTIFY} if searches.currentData() else set()
        said, page = name.text().strip(), origin.text().strip().lower().rstrip("/")
        fields = frozenset(TOLD[str(told.currentData())])
        names = tuple(known.name for known in offered) if own is not None and own.currentData() else ()

        def offer(confirm: Confirm) -> str:
            wanted = Wanted(said, frozenset(kinds), service.purposes(), fields, page, site_fields=names)
            code = service.offer(wanted, confirm())
            self._changed()
            return text("Type {code} in {name}, within five minutes, while this window is open.", code=code, name=said)

        self._host.run_by_two(Act.ADMIT_CALLER, text("Admit {name}?", name=said), offer)

    def _revoke(self) -> None:
        workspace, service = self._host.workspace, self._service
        workspace.on_vault(service.callers, self._ask_which)

    def _ask_which(self, known: Sequence[Caller]) -> None:
        text, service = self._text, self._service
        if not known:
            self._host.say(text("No other program is admitted."), Tone.INFORMATION)
            return
        why = _("Whatever it asks from now on, and what it has asked, is declined.")
        question = self._host.question(_("Take a program out"), why, _("Take out"), danger=True)
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


def caller_rows(port: int, callers: Sequence[Caller], language: Language) -> Rows:
    """Rows of the interface, and of each program that is admitted: what it may ask, and what it is told."""
    text = language.text
    state = text("on, at 127.0.0.1:{port}", port=port) if port else text("off")
    rows = [(text("Answering other programs"), state)]
    for caller in callers:
        kinds = ", ".join(text(words) for kind, words in KINDS.items() if kind in caller.kinds)
        fields = {CallerField.NUMBER: text("number"), CallerField.NAME: text("name")}
        granted = [words for which, words in fields.items() if which in caller.fields]
        granted += [key.rpartition(".")[0] for key in caller.site_fields]
        told = ", ".join(granted) or text("the outcome alone")
        whence = caller.origin or text("a program of this machine")
        since = language.moment(caller.admitted_at)
        rows.append(
            (
                caller.name,
                text(
                    "{whence} · may ask for {kinds} · is told {told} · since {since}",
                    whence=whence,
                    kinds=kinds,
                    told=told,
                    since=since,
                ),
            )
        )
    return tuple(rows)
