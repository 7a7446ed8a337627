"""Every page and dialog of the window, one after another, for tests that look at each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from PySide6.QtWidgets import QDialog, QLineEdit

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.administration.attack_test.dialog import AttackTestDialog
from mlid_desktop.gui.administration.calibration.dialog import CalibrationDialog
from mlid_desktop.gui.administration.fields.dialog import FieldsDialog
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import ON_A_ROW, Section, Task
from mlid_desktop.gui.enrol.attempts_page import AttemptsDialog
from mlid_desktop.gui.enrol.attempts_presenter import attempts_screen
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.help_presenter import help_screen
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.wording_dialog import WordingDialog
from mlid_desktop.gui.records.correction import CorrectionDialog
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.unlock.join_page import LONGEST_WAIT_S, JoinDialog
from mlid_desktop.gui.unlock.restore_page import RestoreDialog
from mlid_desktop.gui.verify.check_in_page import CheckInPage
from mlid_desktop.gui.widgets.controls import Check
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs
from mlid_desktop.gui.window.crash import CrashWindow, traceback_text
from mlid_desktop.gui.window.help_window import HelpWindow
from mlid_desktop.gui.window.setup.view import SetupView
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.administration.vault_admin import BackupReport
from mlid_desktop.station.services.site_fields import SiteFieldService
from mlid_desktop.workflow.check_in.session import CheckInStage
from mlid_desktop.workflow.enrolment_steps import EnrolmentStep
from mlid_desktop.workflow.events import CapturesReopened
from tests.alike_people import save_alike_people
from tests.gui.stage import PATIENCE_S, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import check, enrol, records
from tests.site_schemas import clinic

Look = Callable[[str], None]
ELSEWHERE = frozenset(  # lock, fetch, measure: no questions; what takes a test that is under way
    {Task.RESTORE, Task.INSTALL_MODELS, Task.TEST_DESK, Task.RECORD_TEST}
)


class EveryPage:
    """Walks through the window of a stage without a vault: each page, with ``look`` called by its name once it has
    settled, and each dialog, whose answer is the one that changes nothing."""

    def __init__(self, stage: Stage, look: Look) -> None:
        self._stage, self._looked = stage, look

    def walk(self) -> None:
        """From a desk without a vault to one that is locked again."""
        stage = self._stage
        with self._dialogs_looked_at(), no_files():
            stage.window.ask_for_vault(creating=True)
            self.look("create")
            self._joining()
            stage.create_vault()
            self.look("home without people")
            self.look_at(PageName.IDENTIFY, PageName.VERIFY, PageName.RECORDS)
            self._enrolment()
            self._check()
            self._search()
            self._records()
            self._check_in()
            self._first_day()
            self._administration()
            self.look_at(PageName.HOME, PageName.DEVICES, PageName.TRANSPARENCY, PageName.FIGURES)
            self._other_dialogs()
            stage.window.lock()
            self.look("locked")
            self.look_at_dialog(RestoreDialog(stage.window, stage.workspace, stage.folder, replaces=True))
            found = RestoreDialog(stage.window, stage.workspace, stage.folder, replaces=True)
            made_at = stage.workspace.station.clock.now()
            for field in (found.backup, found.name, found.secret):
                field.setText("typed before")
            found.show_found(BackupReport("0" * 32, "1" * 32, made_at, 12, 40, left_out=0, needs_second=True))
            self.look_at_dialog(found)

    def _joining(self) -> None:
        """Each part of the dialog by which a desk joins a register."""
        dialog = JoinDialog(self._stage.window, self._stage.workspace, self._stage.folder, lambda *_: None)
        dialog.code.setText("7K2QF-9MX3A-B4D8E-T6WYZ")
        for part in (dialog.asking, dialog.waiting, dialog.opening):
            dialog.show_part(part)
            dialog.notice.say("")
            if part is dialog.waiting:
                dialog._until = time.monotonic() + LONGEST_WAIT_S
                dialog.say_waiting()
            dialog.open()
            self.look("joining a register")
        self.look_at_dialog(dialog)

    def look(self, name: str) -> None:
        """At what is shown now."""
        self._stage.settle()
        self._looked(name)

    def look_at(self, *pages: PageName) -> None:
        """At each of these pages, as it is entered."""
        for page_name in pages:
            self._stage.window.go(page_name)
            self.look(page_name.value)

    def look_at_dialog(self, dialog: QDialog) -> None:
        """At a dialog, which then closes."""
        dialog.open()
        self.look(f"{type(dialog).__name__} {dialog.windowTitle()}")
        dialog.reject()
        dialog.deleteLater()
        self._stage.window.activateWindow()  # as a window manager does
        self._stage.until(self._stage.window.isActiveWindow)

    @contextmanager
    def _dialogs_looked_at(self) -> Iterator[None]:
        """Meanwhile whatever waits for a dialog gets the answer that changes nothing, after a look."""

        def run(dialog: QDialog) -> int:
            dialog.open()
            self._stage.lay_out()
            self._looked(f"{type(dialog).__name__} {dialog.windowTitle()}")
            dialog.reject()
            self._stage.window.activateWindow()  # as a window manager does
            self._stage.until(self._stage.window.isActiveWindow)
            return dialog.result()

        with patch.object(QDialog, "exec", run):
            yield

    def _enrolment(self) -> None:
        stage = self._stage
        stage.window.go(PageName.ENROL)
        stage.settle()
        self.look("consent")
        view = enrol(stage)
        self.look("review")
        language = stage.workspace.language
        (finger,) = view.session.kept
        screen = attempts_screen(view.session, finger, language)
        self.look_at_dialog(AttemptsDialog(view, stage.theme, language, screen))
        reviewed = view.session
        view.set_session(reviewed.advance(CapturesReopened()))  # as whoever goes back from the review does
        for step in (EnrolmentStep.DETAILS, EnrolmentStep.FACE, EnrolmentStep.FINGERS, EnrolmentStep.VOICE):
            view._show_step(step)
            self.look(step.value)
            view._page_of(step).leave()
        view.set_session(reviewed)
        view._show_step(EnrolmentStep.REVIEW)
        stage.go_on()
        stage.until(view.ended.isVisible)
        stage.until(lambda: bool(stage.workspace.unlocked.people))
        self.look("saved")
        view = enrol(stage, "1002", "Mary Okoye")
        self.look("duplicates")
        view.may_leave()
        view._draft.drop()
        view.leave()

    def _check(self) -> None:
        stage = self._stage
        view = check(stage, "1001", 2)
        self.look("decision")
        view.decision.notice.say("")
        stage.window.go(PageName.VERIFY)
        stage.type(view.finder.finder.field, "1001")
        self.look("found")
        view.finder.check_without_biometrics()
        self.look_at_dialog(ReceiptCodeDialog(stage.window, stage.workspace))

    def _search(self) -> None:
        stage = self._stage
        stage.window.go(PageName.IDENTIFY)
        view = stage.view(PageName.IDENTIFY)
        assert isinstance(view, IdentifyView)
        choices = stage.workspace.unlocked.choices
        stage.workspace.choose_source(next(each for each in choices if each.modality is Modality.FINGERPRINT))
        view._show(view.finger)
        stage.until(view.candidates.isVisible)
        self.look("candidates")

    def _records(self) -> None:
        stage = self._stage
        page = records(stage)
        page.finder.table.choose(0)
        stage.until(lambda: page.record.isVisible() and bool(page.finder.selected))
        stage.wait(300)
        self.look("a record")
        (person,) = stage.workspace.unlocked.people
        acts = page.acts
        for ask in (
            acts.ask_renew, acts.ask_withdraw, acts.ask_code, acts.ask_wish, acts.ask_correction, acts.ask_number,
            acts.ask_export, acts.ask_erase,
        ):  # fmt: skip  # a list
            ask(person)
            stage.settle()
        self.look_at_dialog(CorrectionDialog(page, stage.workspace, person, clinic().fields))

    def _check_in(self) -> None:
        stage = self._stage
        self.look_at(PageName.CHECK_IN)
        page = stage.view(PageName.CHECK_IN)
        assert isinstance(page, CheckInPage)
        page._code("1234")
        self.look("check-in, nobody has the code")
        page._code("1001")
        stage.until(lambda: page.panel is not None or page.state.stage is CheckInStage.SHOWN)
        self.look("check-in, under way")
        page._escape_pressed()
        stage.settle()

    def _first_day(self) -> None:
        stage = self._stage
        self.look_at(PageName.SETUP)
        view = stage.view(PageName.SETUP)
        assert isinstance(view, SetupView)
        for step in SetupStep:
            view.show_step(step)
            self.look(f"first day, {step.value}")

    def _administration(self) -> None:
        stage = self._stage
        stage.window.go(PageName.ADMINISTRATION)
        page = stage.view(PageName.ADMINISTRATION)
        assert isinstance(page, AdministrationPage)
        for section in Section:
            page.choose(section)
            self.look(section.value)
        for task in Task:
            if task not in ELSEWHERE | {Task.ERASE_FIELDS}:
                page.tasks.do(task, SECOND if task in ON_A_ROW else "")
                stage.settle()

        due = patch.object(SiteFieldService, "due", lambda _service: {"plan": 412, "born": 1})
        with due, patch.object(SiteFieldService, "schema", lambda _service: clinic()):
            page.tasks.do(Task.ERASE_FIELDS)
            stage.settle()

    def _other_dialogs(self) -> None:
        stage = self._stage
        theme, language, window = stage.theme, stage.workspace.language, stage.window
        fields = FieldsDialog(window, theme, language, clinic())
        self.look_at_dialog(fields)
        self._calibration()
        self._attack_test()
        try:
            int("no number")  # a mistake, as one in the program
        except ValueError as error:
            report = traceback_text(ValueError, error.__traceback__)
            self.look_at_dialog(CrashWindow(theme, language, report, Path("/tmp/mlid.log"), window))
        self.look_at_dialog(WordingDialog(window, stage.workspace))
        for page_name in PageName:
            screen = help_screen(page_name, language)
            for steps in (True, False):
                self.look_at_dialog(HelpWindow(window, theme, language, screen, steps=steps))

    def _calibration(self) -> None:
        """The dialog while made-up people are compared, and once they were."""
        stage = self._stage
        stage.workspace.vault_worker.submit(save_alike_people, stage.vault).result(PATIENCE_S)
        stage.window.go(PageName.ADMINISTRATION)
        page = stage.view(PageName.ADMINISTRATION)
        assert isinstance(page, AdministrationPage)
        page.choose(Section.CALIBRATION)
        self.look("calibration, enough people")

        closed: list[CalibrationDialog] = []

        def show(dialog: CalibrationDialog) -> int:
            dialog.open()
            self.look("calibration, comparing")
            stage.until(dialog.store.isEnabled)
            self.look("calibration, compared")
            dialog.reject()
            closed.append(dialog)
            stage.window.activateWindow()  # as a window manager does
            stage.until(stage.window.isActiveWindow)
            return dialog.result()

        with patch.object(page.tasks.calibration, "show", show), patch.object(page.tasks, "ask", lambda _: True):
            page.tasks.do(Task.CALIBRATE)
            stage.until(lambda: bool(closed))

    def _attack_test(self) -> None:
        """The section while a test is under way, and the dialog that says what to show."""
        stage = self._stage
        stage.workspace.unlocked.session.attack_tests._looks_for_attacks = True  # as with the models installed
        stage.window.go(PageName.ADMINISTRATION)
        page = stage.view(PageName.ADMINISTRATION)
        assert isinstance(page, AdministrationPage)
        page.choose(Section.ATTACK_TEST)
        self.look("attack test, none yet")

        def fill(question: Question) -> bool:
            typed = "P1" if len(question.findChildren(Check)) == 1 else "3"
            question.findChildren(QLineEdit)[0].setText(typed)
            question.findChildren(Check)[0].setChecked(True)
            return True

        with (
            patch.object(page.tasks, "ask", fill),
            patch.object(page.tasks, "ask_second", lambda *_: (SECOND, SECOND_PASSPHRASE)),
        ):
            for task in (Task.BEGIN_TEST, Task.ADD_TEST_PERSON):
                page.tasks.do(task)
                stage.settle()
        self.look("attack test, under way")
        dialog = AttackTestDialog(stage.window, stage.workspace)
        stage.settle()
        self.look_at_dialog(dialog)


@contextmanager
def no_files() -> Iterator[None]:
    """Meanwhile nobody chooses a file or folder."""
    with (
        patch.object(FileDialogs, "save", lambda *_: ""),
        patch.object(FileDialogs, "open", lambda *_: ""),
        patch.object(FileDialogs, "folder", lambda *_: ""),
    ):
        yield
