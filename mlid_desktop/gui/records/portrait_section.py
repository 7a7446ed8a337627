"""The portrait in a record: shown when it is asked for, each time an entry in the audit, and destroyed on its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.subjects import Erased, SubjectSummary
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.portraits import MIDDLE, PortraitPicture, compare_instead, fetch_portraits
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import column, label, row
from mlid_desktop.station.documents.output_files import write_private

if TYPE_CHECKING:
    from mlid_desktop.domain.errors import MlidError
    from mlid_desktop.gui.widgets.elements import Notice


class PortraitSection(QWidget):
    """The portrait of one person: hidden until it is asked for, with a button that destroys it."""

    def __init__(
        self,
        workspace: Workspace,
        person: SubjectSummary,
        notice: Notice,
        ask: Callable[[Question], bool],
        choose_file: Callable[[str], str],
    ) -> None:
        super().__init__()
        self._workspace, self._person, self._notice = workspace, person, notice
        self._ask, self._choose_file = ask, choose_file
        text, theme = workspace.language.text, workspace.theme
        self.picture = PortraitPicture(theme, text("Portrait kept"), MIDDLE)
        self.show_button = Button(theme, text("Show the portrait"), "plain").on(self._show)
        self.destroy_button = Button(theme, text("Destroy the portrait …"), "plain").on(self.ask_destroy)
        offered = workspace.unlocked.session.portraits.offered
        kept = bool(person.portrait)
        self._words = label("" if kept and offered else compare_instead(workspace), "muted", wrap=True)
        beside = column(self._words, self.show_button, self.destroy_button, 1, spacing=theme.space("tight"))
        layout = row(self.picture, spacing=theme.space("base"))
        layout.addLayout(beside, 1)
        self.setLayout(layout)
        self._words.setVisible(bool(self._words.text()))  # now that they are no windows of their own
        self.picture.hide()
        self.show_button.setVisible(kept and offered)
        self.destroy_button.setVisible(kept)

    def ask_destroy(self) -> None:
        """Asks whether the portrait is to be destroyed: one person at the desk, no reason, and nothing else changes."""
        text, person = self._workspace.language.text, self._person
        question = Question(
            self,
            self._workspace.theme,
            text("Destroy the portrait of {name}?", name=person.name),
            text("Its key is destroyed here and in the backups in reach. Everything else that is kept stays as it is."),
            text("Cancel"),
            text("Destroy the portrait"),
            danger=True,
            about=about_person(person, self._workspace.language),
        )
        if self._ask(question):
            portraits = self._workspace.unlocked.session.portraits
            self._workspace.on_vault(lambda: portraits.withdraw(person), self._destroyed, self._say_fault)

    def _show(self) -> None:
        fetch_portraits(self._workspace, [self._person.subject_id], PortraitView.RECORD, self._shown)

    def _shown(self, portraits: dict[str, Image]) -> None:
        picture = portraits.get(self._person.subject_id)
        self.picture.show_picture(picture)
        self.picture.setVisible(picture is not None)
        self.show_button.hide()
        if picture is None:
            self._words.setText(compare_instead(self._workspace))
            self._words.show()

    def _destroyed(self, erased: Erased) -> None:
        from mlid_desktop.station.documents.erasure_certificate import portrait_certificate  # noqa: PLC0415 - late: start-up
        from mlid_desktop.station.documents.pdf import render_pdf  # noqa: PLC0415 - late: start-up

        language, person = self._workspace.language, self._person
        text = language.text
        self.picture.show_picture(None)
        self.picture.hide()
        question = Question(
            self,
            self._workspace.theme,
            text("The portrait of {name} is destroyed", name=person.name),
            text("The certificate says which backups may still hold it. It is theirs."),
            text("Without a certificate"),
            text("Save the certificate …"),
            about=about_person(person, language),
        )
        chosen = self._choose_file(f"portrait-destroyed-{person.number}.pdf") if self._ask(question) else ""
        said = text("The portrait of {name} is destroyed.", name=person.name)
        self._notice.say(said, Tone.ACCEPTED)
        if chosen:
            sheet = portrait_certificate(person, erased, self._workspace.unlocked.session.vault_id, language)
            path = Path(chosen)
            write = self._workspace.on_vault
            write(
                lambda: write_private(path, render_pdf(sheet, language), replace=True), lambda _: None, self._say_fault
            )
        self._workspace.refresh_people()

    def _say_fault(self, fault: MlidError) -> None:
        self._notice.say(fault_text(fault, self._workspace.language))
