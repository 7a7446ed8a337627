"""Carries out what the section of attack tests offers: begin, add people, record, report, erase."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.attack_test.dialog import AttackTestDialog
from mlid_desktop.gui.administration.attack_test.presenter import total_text
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Check
from mlid_desktop.gui.widgets.elements import label, row
from mlid_desktop.station.attack_tests.report import SPECIES
from mlid_desktop.station.attack_tests.site_report import (
    SiteReport,
    TestMaterial,
    make_site_report,
    write_site_report,
)
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.workflow.attack_test.plan import MAX_PRESENTATIONS, OFFERED, PRESENTATIONS, AttackTestPlan

NUMBER_WIDTH = 96  # pixels


class AttackTestHost(ActionHost, Protocol):
    """What the page's other actions offer, and a folder to choose."""

    choose_folder: Callable[[str], str]


class AttackTestActions:
    """The actions of the section; ``show`` opens the recording dialog and is replaced in tests, ``redo`` reads the
    section again."""

    def __init__(self, parent: QWidget, host: AttackTestHost, redo: Callable[[], None]) -> None:
        self._parent, self._host, self._redo = parent, host, redo
        self._workspace = host.workspace
        self._text = host.workspace.language.text
        self.show: Callable[[AttackTestDialog], object] = AttackTestDialog.exec
        self.ways: dict[Task, Callable[[], None]] = {
            Task.BEGIN_TEST: self._begin,
            Task.ADD_TEST_PERSON: self._admit,
            Task.RECORD_TEST: self._record,
            Task.REPORT_TEST: self._report,
            Task.ERASE_TEST: self._erase,
        }

    def _begin(self) -> None:
        text, session = self._text, self._workspace.unlocked.session
        question = self._host.question(
            _("Begin an attack test"),
            _("With people of this site who agree to it, and copies of their faces."),
            _("Begin"),
        )
        checks = {species: Check(self._workspace.theme, text(SPECIES[species])) for species in OFFERED}
        for check in checks.values():
            check.setChecked(True)
            question.fields.addWidget(check)
        number = question.add_field(text("How often each is shown"))
        number.setText(str(PRESENTATIONS))

        def nothing_to_show() -> str:
            return "" if any(check.isChecked() for check in checks.values()) else text("Choose one first.")

        total = label("", "muted", wrap=True)
        question.fields.removeWidget(number)
        number.setFixedWidth(NUMBER_WIDTH)
        beside = row(number, total, spacing=self._workspace.theme.space("snug"))
        beside.setStretch(1, 1)
        question.fields.addLayout(beside)

        def count() -> None:
            chosen = sum(check.isChecked() for check in checks.values())
            total.setText(total_text(chosen, number.text().strip(), self._workspace.language))

        for check in checks.values():
            check.toggled.connect(count)
        number.textChanged.connect(count)
        count()
        look = question.wait_for(self._workspace.language, number, besides=nothing_to_show)
        for check in checks.values():
            check.toggled.connect(look)
        if not self._host.ask(question):
            return
        wanted = tuple(species for species, check in checks.items() if check.isChecked())
        typed = number.text().strip()
        if not wanted or not typed.isdecimal() or not 1 <= int(typed) <= MAX_PRESENTATIONS:
            said = text("Choose at least one kind, each to be shown from 1 to {most} times.", most=MAX_PRESENTATIONS)
            self._host.say(said, Tone.REJECTED)
            return
        plan = AttackTestPlan(wanted, int(typed))

        def begin(confirm: Confirm) -> str:
            session.attack_tests.begin(plan, confirm())
            return text("The test is begun. Add the people who take part.")

        self._host.run_by_two(Act.TEST_ATTACKS, text("Begin the test?"), begin)

    def _admit(self) -> None:
        text, service = self._text, self._workspace.unlocked.session.attack_tests
        question = self._host.question(
            _("Add a person"),
            _("Under a label that stands in the report, such as P1; never a name."),
            _("Add"),
        )
        field = question.add_field(text("Label"))
        note = text(
            "Figures and templates of the face are kept here until the test is erased, no picture. "
            "Nothing leaves this vault but the report."
        )
        question.fields.addWidget(label(note, wrap=True))
        agreed = Check(self._workspace.theme, text("The person knows this and agreed."))
        question.fields.addWidget(agreed)

        none_agreed = text("Nobody takes part who has not agreed.")
        look = question.wait_for(
            self._workspace.language, field, besides=lambda: "" if agreed.isChecked() else none_agreed
        )
        agreed.toggled.connect(look)
        if not self._host.ask(question):
            return
        if not agreed.isChecked():
            self._host.say(none_agreed, Tone.REJECTED)
            return
        name = field.text()

        def admit() -> str:
            test = service.admit(name, agreed=True)
            return text("{person} takes part.", person=test.people[-1])

        self._host.run(admit)

    def _record(self) -> None:
        self.show(AttackTestDialog(self._parent, self._workspace))
        self._redo()

    def _report(self) -> None:
        text, workspace = self._text, self._workspace
        session, language = workspace.unlocked.session, workspace.language
        folder = self._host.choose_folder(text("Where to write the report"))
        if not folder:
            return
        self._host.say(text("Working …"), Tone.INFORMATION)

        def made(report: SiteReport) -> None:
            def write() -> str:
                write_site_report(Path(folder), report, language)
                return "\n".join((*report.lines, text("Report written to {folder}.", folder=folder)))

            self._host.run(write)

        def gathered(material: TestMaterial) -> None:
            pipelines = session.recognition.pipelines
            workspace.on_inference(
                lambda: make_site_report(material, pipelines.open(Modality.FACE), language), made, self._refused
            )

        workspace.on_vault(session.attack_tests.material, gathered, self._refused)

    def _erase(self) -> None:
        text, session = self._text, self._workspace.unlocked.session
        question = self._host.question(
            _("Erase the test?"),
            _("All that was recorded is destroyed. It cannot be undone."),
            _("Erase the test"),
            danger=True,
        )
        if not self._host.ask(question):
            return

        def erase(confirm: Confirm) -> str:
            session.attack_tests.erase(confirm())
            return text("The test and its keys were erased.")

        self._host.run_by_two(Act.TEST_ATTACKS, text("Erase the test?"), erase)

    def _refused(self, fault: MlidError) -> None:
        self._host.say(fault_text(fault, self._workspace.language), Tone.REJECTED)
