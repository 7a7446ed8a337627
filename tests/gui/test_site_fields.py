"""The site's own fields in the real window: asked for, checked while typed, shown, searched, corrected; scanners."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from mlid_desktop.domain.subjects import ConsentUse, Details
from mlid_desktop.gui.administration.fields.dialog import FieldsDialog
from mlid_desktop.gui.administration.fields.presenter import LINES
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section, Task
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.correction import CorrectionDialog
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.scan_guard import ScanGuard
from mlid_desktop.site_fields.reading import read_schema
from mlid_desktop.site_fields.schema import FieldSchema
from mlid_desktop.vault.lifecycle import Vault
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import enrol_view
from tests.site_schemas import CLINIC, clinic
from tests.unit.vault.conftest import enrolment

MEMBER, OTHER = "79927398713", "4111111111111111"
LICENCE = "@\n\x1e\rANSI 636000080002DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDBB06061986\nDAG2300 WEST\n\r"


@pytest.fixture
def clinical(demo: Stage) -> Stage:
    """The window of a site with fields, of which a licence fills two, and somebody who is enrolled."""
    written = CLINIC.replace('name = "born"', 'name = "born"\nlicence = "DBB"', 1)
    written += '\n[[field]]\nname = "licence"\nkind = "text"\nlicence = "DAQ"\nlabel = { en = "Licence" }\n'
    written += 'purpose = { en = "For the car." }\ndays = 30\n'

    def store(vault: Vault) -> None:
        second = vault.operators.confirm_second(SECOND, SECOND_PASSPHRASE)
        vault.site_fields.store(read_schema(written.encode()), second)
        known = enrolment("2001", "Bo Known")
        covered = replace(known.consent, uses=(ConsentUse.SITE_FIELDS,))
        fields = (("born.1", "1980-01-01"), ("membership.1", OTHER))
        vault.save(replace(known, consent=covered, details=Details("2001", "Bo Known", fields=fields)))

    vault = demo.vault
    done: list[object] = []
    demo.workspace.on_vault(lambda: store(vault), done.append)
    demo.until(lambda: bool(done))
    demo.workspace.refresh_people()
    demo.until(lambda: bool(demo.workspace.unlocked.people))
    return demo


def scan(widget: QWidget, text: str) -> None:
    """A scanner types this: a key every five milliseconds, however long the window takes with each."""
    for at, letter in enumerate(text):
        key = Qt.Key.Key_Return if letter in "\n\r" else 0
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, letter)
            event.setTimestamp(1_000_000 + 5 * at)
            QApplication.sendEvent(widget, event)


def to_details(stage: Stage) -> dict[str, QWidget]:
    stage.window.go(PageName.ENROL)
    stage.read()
    stage.press(Qt.Key.Key_Return)
    view = enrol_view(stage)
    stage.until(view.details.isVisible)
    return dict(view.details.form.inputs)


def test_fields_are_asked_for_checked_while_typed_and_go_with_the_person(clinical: Stage) -> None:
    inputs = to_details(clinical)
    view = enrol_view(clinical)
    assert list(inputs) == ["membership", "born", "plan", "phone", "licence"]
    clinical.type(view.details.number, "1001")
    clinical.type(view.details.name, "Ann")
    assert not clinical.primary().isEnabled(), "the date of birth is required"
    clinical.type(inputs["born"], "1990-02-30")
    assert "date" in inputs["born"].accessibleDescription()
    caption = view.details.form.wrong_labels()
    assert clinical.primary().accessibleDescription() == f"To be filled in or corrected: {caption[0]}"
    born = inputs["born"]
    assert isinstance(born, QLineEdit)
    born.clear()
    clinical.type(born, "28.2.1990")
    clinical.type(inputs["membership"], OTHER)
    clinical.go_on()
    clinical.until(lambda: "Somebody else" in inputs["membership"].accessibleDescription())
    assert view.details.isVisible()
    assert "Bo" not in inputs["membership"].accessibleDescription()
    member = inputs["membership"]
    assert isinstance(member, QLineEdit)
    member.clear()
    clinical.type(member, MEMBER)
    clinical.go_on()
    clinical.until(view.face.isVisible)
    assert view.session.details is not None
    assert dict(view.session.details.fields) == {"born.1": "1990-02-28", "membership.1": MEMBER}
    view.to_previous()
    assert member.text() == MEMBER


def test_a_scan_presses_enter_for_no_form(clinical: Stage) -> None:
    inputs = to_details(clinical)
    view = enrol_view(clinical)
    view.details.number.setText("1001")
    view.details.name.setText("Ann")
    clinical.type(inputs["born"], "1990-02-28")
    member = inputs["membership"]
    assert isinstance(member, QLineEdit)
    member.setFocus()
    clinical.wait(50)
    scan(member, MEMBER + "\r")
    assert member.text() == MEMBER
    clinical.wait(200)
    assert view.details.isVisible()
    clinical.press(Qt.Key.Key_Return, member)
    clinical.until(view.face.isVisible)


def test_of_a_licence_mapped_fields_alone_are_taken_whatever_has_the_focus(clinical: Stage) -> None:
    inputs = to_details(clinical)
    view = enrol_view(clinical)
    view.details.name.setText("Ann")
    for widget in (view.details.name, view.details.still):
        widget.setFocus()
        clinical.wait(50)
        scan(widget, LICENCE)
        clinical.wait(250)
        assert view.details.isVisible()
        assert view.details.name.text() == "Ann"
    born, licence = inputs["born"], inputs["licence"]
    assert isinstance(born, QLineEdit)
    assert isinstance(licence, QLineEdit)
    assert (born.text(), licence.text()) == ("1986-06-06", "T64235789")
    typed = " ".join(line.text() for line in view.details.findChildren(QLineEdit))
    assert "SAMPLE" not in typed
    assert "2300" not in typed


def test_a_hand_that_types_and_presses_enter_is_no_scanner(theme: object) -> None:
    moments = iter([0.0, 0.2, 0.4, 0.6, 0.8])
    field = QLineEdit()
    guard = ScanGuard(field, lambda: next(moments))
    keys = [QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter) for letter in "123"]
    entered = [guard.eventFilter(field, key) for key in keys]
    enter = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r")
    assert not any([*entered, guard.eventFilter(field, enter)])


def test_records_list_search_and_correct(clinical: Stage) -> None:
    page = clinical.view(PageName.RECORDS)
    assert isinstance(page, RecordsPage)
    clinical.window.go(PageName.RECORDS)
    model = page.finder.model
    clinical.until(lambda: model.rowCount() == 1)
    heads = [model.headerData(index, Qt.Orientation.Horizontal) for index in range(model.columnCount())]
    assert heads[-2:] == ["Membership", "Plan"]
    assert model.data(model.index(0, 4)) == "••••11"
    clinical.type(page.finder.field, "41111111")
    clinical.until(lambda: bool(page.finder.selected))
    shown: list[str] = []

    def correct(dialog: CorrectionDialog) -> bool:
        assert dialog.second.isHidden() or not dialog._two.isVisible()
        phone = dialog.form.inputs["phone"]
        assert isinstance(phone, QLineEdit)
        assert dialog.do.accessibleDescription() == "Nothing is changed yet."
        phone.setText("06 12 34 56 78")
        assert dialog.do.isEnabled()
        shown.extend(dialog.form.inputs)
        return True

    page.acts.ask_for_correction = correct
    page.acts.ask = lambda _question: False  # the new receipt is made later
    person = clinical.workspace.unlocked.people[0]
    page.acts.ask_correction(person)
    clinical.until(lambda: "Corrected" in page.notice.text)
    clinical.until(lambda: dict(clinical.workspace.unlocked.people[0].fields).get("phone.1") == "+33612345678")
    assert shown == ["membership", "born", "plan", "phone", "licence"]

    def rename(dialog: CorrectionDialog) -> bool:
        dialog.name.setText("Bo Renamed")
        dialog._check()
        assert not dialog._two.isHidden()
        assert dialog.do.accessibleDescription() == "Still to fill in: Second person's name"
        dialog.second.setText(SECOND)
        dialog.passphrase.setText(SECOND_PASSPHRASE)
        return True

    page.acts.ask_for_correction = rename
    page.acts.ask_correction(clinical.workspace.unlocked.people[0])
    clinical.until(lambda: clinical.workspace.unlocked.people[0].name == "Bo Renamed")


def test_supervisors_edit_the_fields_and_what_is_removed_is_destroyed(clinical: Stage, tmp_path: Path) -> None:
    clinical.window.go(PageName.ADMINISTRATION)
    page = clinical.view(PageName.ADMINISTRATION)
    assert isinstance(page, AdministrationPage)
    page.choose(Section.FIELDS)
    asked: list[str] = []

    def spoil(dialog: FieldsDialog) -> bool:
        if asked:
            return False
        asked.append("once")
        dialog.add()
        lines = dialog.findChildren(QLineEdit)
        line = next(line for line in lines if line.accessibleName().startswith("Name in lists"))
        line.setText("name")
        return True

    page.tasks.fields.edit = spoil
    page.tasks.do(Task.EDIT_FIELDS)
    clinical.until(lambda: bool(asked))
    clinical.settle()

    def edit(dialog: FieldsDialog) -> bool:
        dialog.list.setCurrentRow(0)
        dialog.remove()
        assert dialog.removed == ("membership",)
        dialog.add()
        for line in dialog.findChildren(QLineEdit):
            typed = {"What it is called · English": "Shoe size", "Why it is recorded · English": "For the hall."}
            if line.accessibleName() in typed:
                line.setText(typed[line.accessibleName()])
        return True

    told: list[str] = []
    page.tasks.fields.edit = edit

    def second(_title: str, why: str) -> tuple[str, str]:
        told.append(why)
        return SECOND, SECOND_PASSPHRASE

    page.tasks.ask_second = second
    page.tasks.do(Task.EDIT_FIELDS)
    clinical.until(lambda: "version 2" in page.notice.text)
    assert "membership" in told[0]
    clinical.until(lambda: all(key != "membership.1" for key, _ in clinical.workspace.unlocked.people[0].fields))
    page.tasks.choose_file = lambda *_: str(tmp_path / "fields.toml")
    page.tasks.do(Task.SAVE_FIELDS)
    clinical.until((tmp_path / "fields.toml").is_file)
    saved = (tmp_path / "fields.toml").read_text(encoding="utf-8")
    assert 'en = "Shoe size"' in saved
    assert "membership" not in saved


def test_a_barcode_before_the_camera_fills_the_next_field_or_what_a_licence_says(clinical: Stage) -> None:
    inputs = to_details(clinical)
    page = enrol_view(clinical).details
    page.read_bar_code = lambda: MEMBER
    page.scan.click()
    page.read_bar_code = lambda: LICENCE
    page.scan.click()
    page.read_bar_code = lambda: ""
    page.scan.click()
    filled = {name: line.text() for name, line in inputs.items() if isinstance(line, QLineEdit)}
    assert filled == {"membership": MEMBER, "born": "1986-06-06", "phone": "", "licence": "T64235789"}


def test_a_new_field_is_saved_only_once_it_says_why_it_is_recorded(clinical: Stage) -> None:
    dialog = FieldsDialog(clinical.window, clinical.theme, clinical.workspace.language, clinic())
    dialog.show()
    assert (dialog.do.isEnabled(), dialog.do.accessibleDescription()) == (False, "Nothing is changed yet.")
    dialog.add()
    line = dialog._lines["labels"]
    assert line.text() == ""
    assert line.placeholderText()
    assert line.property("wanted") == "true"
    assert dialog.do.accessibleDescription() == "Still to fill in: What it is called"
    line.setText("Shoe size")
    assert not dialog.do.isEnabled()
    assert dialog._lines["purposes"].property("wanted") == "true"
    assert line.property("wanted") == ""
    dialog.list.setCurrentRow(0)
    assert dialog.do.accessibleDescription() == "Still to fill in: Why it is recorded (Shoe size)"
    dialog.list.setCurrentRow(len(clinic().fields))
    dialog._lines["purposes"].setText("For the hall.")
    assert dialog.do.isEnabled()
    dialog._lines["days"].setText("0")
    assert dialog.do.accessibleDescription().startswith("Still to fill in: Days")
    dialog.deleteLater()


def test_what_is_to_be_destroyed_is_counted_before_it_is_asked(
    clinical: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinical.window.go(PageName.ADMINISTRATION)
    page = clinical.view(PageName.ADMINISTRATION)
    assert isinstance(page, AdministrationPage)
    page.choose(Section.FIELDS)
    clinical.settle()
    asked: list[str] = []

    def ask(question: Question) -> bool:
        asked.append(" ".join(shown.text() for shown in question.findChildren(QLabel)))
        return False

    page.tasks.ask = ask
    page.tasks.do(Task.ERASE_FIELDS)
    clinical.until(lambda: page.notice.text == "Nothing is due.")
    assert not asked
    fields = clinical.workspace.unlocked.session.site_fields
    monkeypatch.setattr(fields, "due", lambda: {"plan": 2, "born": 1})
    page.tasks.do(Task.ERASE_FIELDS)
    clinical.until(lambda: bool(asked))
    assert "3 values are destroyed for good" in asked[0]
    assert "of 2 people" in asked[0]
    assert "of 1 person" in asked[0]


def test_a_new_field_shows_what_is_asked_of_its_text_without_scrolling(demo: Stage) -> None:
    dialog = FieldsDialog(demo.window, demo.workspace.theme, demo.workspace.language, FieldSchema(0, ()))
    dialog.show()
    dialog.add()
    demo.settle()
    (longest,) = [line for line in dialog.findChildren(QLineEdit) if line.accessibleName() == LINES["length"]]
    assert longest.visibleRegion().boundingRect() == longest.rect()
    dialog.close()
