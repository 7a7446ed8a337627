"""The dialog that corrects what is recorded about a person: number, name, the site's own fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QBoxLayout, QDialog, QLineEdit, QWidget

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import about_strip, dialog_column, first_empty, fit_height
from mlid_desktop.gui.widgets.elements import Notice, column, label, widget_of
from mlid_desktop.gui.widgets.field_form import FieldForm, captioned
from mlid_desktop.gui.widgets.fitting_area import FittingArea, MoreBelow
from mlid_desktop.gui.widgets.footer import ClosedReason, answers_row
from mlid_desktop.gui.widgets.scan_guard import ScanGuard
from mlid_desktop.gui.widgets.secret_help import SecretHelp
from mlid_desktop.site_fields.schema import SiteField

WIDTH, FORM_HEIGHT = 560, 236


@dataclass(frozen=True, slots=True)
class Correction:
    """What was corrected, as it was typed; None where it stays. ``second`` confirms number and name: a name and a
    passphrase."""

    number: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    typed: dict[str, str] = field(default_factory=dict, repr=False)
    second: tuple[str, str] | None = field(default=None, repr=False)


class CorrectionDialog(QDialog):
    """Shows what is recorded, to be typed over. A second person is asked for once number or name are touched."""

    def __init__(
        self, parent: QWidget, workspace: Workspace, person: SubjectSummary, fields: tuple[SiteField, ...]
    ) -> None:
        super().__init__(parent)
        theme, text = workspace.theme, workspace.language.text
        self._person, self._theme, self._language = person, theme, workspace.language
        title = text("Correct what is recorded about {name}", name=person.name)
        self.setWindowTitle(title)
        self.notice = Notice(theme)
        self.number, self.name = QLineEdit(person.number), QLineEdit(person.name)
        self.second, self.passphrase = QLineEdit(), QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.form = FieldForm(theme, workspace.language, lambda: workspace.station.clock.now().date())
        self.form.show_fields(fields, person.fields)
        self._before = self.form.typed()
        self.do = Button(theme, text("Save the corrections"), "primary").on(self.accept)
        keep = Button(theme, text("Cancel"), "footer").on(self.reject)
        self.do.setDefault(True)
        self._why = ClosedReason(self.do)
        parts = dialog_column(theme, title, about_strip(theme, about_person(person, workspace.language)))
        parts.addStrut(WIDTH)
        asked = column(spacing=theme.space("hair"))
        for caption, line in ((text("Number"), self.number), (text("Name"), self.name)):
            asked.addSpacing(theme.space("tight"))
            self._add(asked, caption, line)
        takes_two = text("Another number or name takes a second person and a document.")
        self._said = label(takes_two, "muted", wrap=True)
        asked.addWidget(self._said)
        if fields:  # all of one width, and scrolled together
            asked.setContentsMargins(0, 0, theme.space("snug"), theme.space("tight"))
            asked.addSpacing(theme.space("tight"))
            asked.addWidget(self.form, 1)
        else:
            parts.addLayout(asked)
        scroll = FittingArea(widget_of(asked) if fields else QWidget())
        scroll.setMinimumHeight(FORM_HEIGHT)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        MoreBelow(theme, scroll, "raised")
        parts.addWidget(scroll, 1)
        scroll.setVisible(bool(fields))
        self._two = self._second_part(workspace)
        self._two.hide()
        parts.addWidget(self._two)
        parts.addWidget(self.notice)
        parts.addSpacing(theme.space("tight"))
        parts.addLayout(answers_row(theme, self._why, keep, self.do))
        self.setLayout(parts)
        for line in (self.number, self.name, self.second, self.passphrase):
            line.textChanged.connect(self._check)
        self.form.edited.connect(self._check)
        guard = ScanGuard(self)
        guard.watch(widget for widget in self.findChildren(QWidget) if widget.focusPolicy())
        self._check()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Shows every field, where the window leaves room for them."""
        super().showEvent(event)
        fit_height(self)

    def _second_part(self, workspace: Workspace) -> QWidget:
        """What is asked of a second person."""
        theme, text = workspace.theme, workspace.language.text
        two = column(spacing=theme.space("hair"))
        why = text("By number and name a person is known: a second person looks at a document, and confirms.")
        two.addWidget(label(why, "muted", wrap=True))
        self._add(two, text("Second person's name"), self.second)
        two.addSpacing(theme.space("tight"))
        self._add(two, text("Second person's passphrase"), self.passphrase)
        two.addWidget(SecretHelp(theme, workspace.language, (self.passphrase,)))
        return widget_of(two)

    @property
    def correction(self) -> Correction:
        """The correction that was typed, with the second person where it takes two."""
        number = None if self.number.text() == self._person.number else self.number.text()
        name = None if self.name.text() == self._person.name else self.name.text()
        typed = {known: value for known, value in self.form.typed().items() if value != self._before[known]}
        takes_two = number is not None or name is not None
        second = (self.second.text().strip(), self.passphrase.text()) if takes_two else None
        return Correction(number, name, typed, second)

    def _check(self) -> None:
        takes_two = self.correction.second is not None
        self._said.setVisible(not takes_two)
        self._two.setVisible(takes_two)
        if takes_two and self.isVisible():
            fit_height(self)
        self.form.check()
        why = self._lacking(takes_two=takes_two)
        self._why.allow(not why, why)

    def _lacking(self, *, takes_two: bool) -> str:
        """What has to be done before what was typed over can be kept; empty where nothing has. A field that is required
        now and was not then may stay empty."""
        correction, text = self.correction, self._language.text
        if not takes_two and not correction.typed:
            return text("Nothing is changed yet.")
        if any(name in correction.typed for name in self.form.wrong()):
            return text("Put right what is marked first.")
        asked = (self.number, self.name, *((self.second, self.passphrase) if takes_two else ()))
        return first_empty(self._language, *asked)

    def _add(self, parts: QBoxLayout, caption: str, line: QLineEdit) -> None:
        line.setAccessibleName(caption)
        parts.addWidget(captioned(self._theme, caption, self._language.text("needed"), line))
        parts.addWidget(line)
