"""The actions on the site's own fields: edit them, take them from a file, save them, destroy what is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.fields.dialog import FieldsDialog
from mlid_desktop.gui.administration.fields.presenter import due_text
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.elements import label
from mlid_desktop.site_fields.reading import MAX_SCHEMA_BYTES
from mlid_desktop.site_fields.schema import FieldSchema
from mlid_desktop.site_fields.writing import schema_bytes
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.services.site_fields import FieldChange
from mlid_desktop.station.text.language import N_ as _

KIND = "TOML (*.toml)"


class FieldHost(ActionHost, Protocol):
    """What the page's other actions offer, and files to choose."""

    choose_file: Callable[[str, str], str]
    choose_existing: Callable[[str], str]


class FieldActions(QObject):
    """The actions of the section of the site's fields. ``edit`` shows the dialog, and is replaced in tests."""

    def __init__(self, parent: QWidget, host: FieldHost) -> None:
        super().__init__(parent)
        self._parent, self._host = parent, host
        self._workspace = host.workspace
        self._text = host.workspace.language.text
        self.edit: Callable[[FieldsDialog], object] = FieldsDialog.exec
        self.ways: dict[Task, Callable[[], None]] = {
            Task.EDIT_FIELDS: self._edit,
            Task.LOAD_FIELDS: self._load,
            Task.SAVE_FIELDS: self._save,
            Task.ERASE_FIELDS: self._erase_due,
        }

    def _edit(self) -> None:
        fields = self._workspace.unlocked.session.site_fields
        self._workspace.on_vault(fields.schema, self._ask, self._refused)

    def _ask(self, schema: FieldSchema, said: str = "", before: FieldSchema | None = None) -> None:
        dialog = FieldsDialog(self._parent, self._workspace.theme, self._workspace.language, before or schema)
        if before is not None:
            dialog.take(schema)
        elif not schema.fields:
            dialog.add()
        dialog.notice.say(said)
        if not self.edit(dialog):
            return
        edited, session = dialog.schema, self._workspace.unlocked.session

        def again(fault: MlidError) -> None:
            self._ask(edited, fault_text(fault, self._workspace.language), before or schema)

        self._workspace.on_vault(
            lambda: session.site_fields.read(schema_bytes(edited)),
            lambda checked: self._store(checked, dialog.removed),
            again,
        )

    def _store(self, schema: FieldSchema, removed: tuple[str, ...]) -> None:
        fields = self._workspace.unlocked.session.site_fields
        why = self._text("A second person confirms it with a passphrase.")
        if removed:
            gone = self._text("What everybody has in these fields is destroyed: {fields}.", fields=", ".join(removed))
            why = f"{gone} {why}"

        def store(confirm: Confirm) -> str:
            return self._said(fields.store(schema, confirm()))

        self._host.run_by_two(Act.CHANGE_FIELDS, self._text("Change the site's fields?"), store, why=why)

    def _said(self, change: FieldChange) -> str:
        parts = [self._text("From now on: fields, version {number}.", number=change.schema.version)]
        if change.gone:
            parts.append(
                self._text("What stood in these fields is being destroyed: {fields}.", fields=", ".join(change.gone))
            )
        if change.backups:
            parts.append(
                self._workspace.language.plural(
                    "{number} backup may still hold such values.",
                    "{number} backups may still hold such values.",
                    len(change.backups),
                )
            )
        return " ".join(parts)

    def _load(self) -> None:
        chosen = self._host.choose_existing(self._text("File with the fields"))
        if not chosen:
            return
        fields = self._workspace.unlocked.session.site_fields

        def read() -> tuple[FieldSchema, FieldSchema]:
            with Path(chosen).open("rb") as file:
                return fields.schema(), fields.read(file.read(MAX_SCHEMA_BYTES + 1))

        def known(found: tuple[FieldSchema, FieldSchema]) -> None:
            before, after = found
            self._ask(after, before=before)

        self._workspace.on_vault(read, known, self._refused)

    def _save(self) -> None:
        chosen = self._host.choose_file(self._text("Save the fields"), "fields.toml")
        if not chosen:
            return
        fields = self._workspace.unlocked.session.site_fields

        def save() -> str:
            write_private(Path(chosen), schema_bytes(fields.schema()), replace=True)
            return self._text("Written to {path}.", path=chosen)

        self._host.run(save)

    def _erase_due(self) -> None:
        fields = self._workspace.unlocked.session.site_fields
        self._workspace.on_vault(lambda: (fields.schema(), fields.due()), self._ask_to_erase, self._refused)

    def _ask_to_erase(self, found: tuple[FieldSchema, Mapping[str, int]]) -> None:
        """Asks with what there is to destroy in front of them; where nothing is due, nothing is asked."""
        schema, due = found
        fields = self._workspace.unlocked.session.site_fields
        if not due:
            self._host.say(self._text("Nothing is due."), Tone.INFORMATION)
            return
        why = _("A second person confirms it with a passphrase.")
        question = self._host.question(_("Destroy values whose time is over?"), why, _("Destroy values …"), danger=True)
        question.fields.addWidget(label(due_text(schema, due, self._workspace.language), "strong", wrap=True))
        if not self._host.ask(question):
            return

        def erase(confirm: Confirm) -> str:
            count = fields.erase_due(confirm())
            return self._text("They are being destroyed.") if count else self._text("Nothing was due.")

        self._host.run_by_two(Act.ERASE, self._text("Destroy values whose time is over?"), erase)

    def _refused(self, fault: MlidError) -> None:
        self._host.say(fault_text(fault, self._workspace.language), Tone.REJECTED)
