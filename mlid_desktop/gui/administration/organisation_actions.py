"""Says who asks for consent here: asked in one form, confirmed by a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.organisation import organisation_as_typed
from mlid_desktop.station.text.language import N_ as _

if TYPE_CHECKING:
    from mlid_desktop.gui.page.second_person import Confirm


class OrganisationActions:
    """The action of the section of the organisation."""

    def __init__(self, host: ActionHost) -> None:
        self._host = host

    @property
    def ways(self) -> Mapping[Task, Callable[[], None]]:
        """The functions that carry out the actions on the organisation."""
        return {Task.SET_ORGANISATION: self._set}

    def _set(self) -> None:
        workspace = self._host.workspace
        text, present = workspace.language.text, workspace.unlocked.organisation
        why = _("Everybody reads it before they agree, and on the receipt. A second person confirms it.")
        question = self._host.question(_("Who asks for consent here?"), why, _("Save …"))
        fields = [
            question.add_field(text("Name of the organisation")),
            question.add_field(text("Contact: an address, a telephone number")),
            question.add_field(text("How consent is taken back, such as “at this desk, or by post”")),
        ]
        for field, value in zip(fields, (present.name, present.contact, present.withdrawal), strict=True):
            field.setText(value)
        question.wait_for(workspace.language, *fields)
        if not self._host.ask(question):
            return
        try:
            said = organisation_as_typed(*(field.text() for field in fields))
        except UsageError as fault:
            self._host.say(fault_text(fault, workspace.language), Tone.REJECTED)
            return
        administration = workspace.unlocked.session.administration

        def store(confirm: Confirm) -> str:
            administration.set_organisation(said, confirm())
            workspace.refresh_organisation()
            return text("It is said from the next person on.")

        self._host.run_by_two(Act.GOVERN, text("Say who asks for consent?"), store)
