"""Carries out what the section of calibration offers: measure and store, and back to the program's own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.calibration.dialog import CalibrationDialog
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.site_calibration.report import finding_rows
from mlid_desktop.station.site_calibration.service import SiteFinding, SiteMaterial, measure
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import MODALITIES


class CalibrationActions:
    """The actions of the section; ``show`` opens the dialog of before and after and is replaced in tests."""

    def __init__(self, parent: QWidget, host: ActionHost) -> None:
        self._parent, self._host = parent, host
        self._workspace = host.workspace
        self._text = host.workspace.language.text
        self.show: Callable[[CalibrationDialog], int] = CalibrationDialog.exec
        self.ways: dict[Task, Callable[[], None]] = {
            Task.CALIBRATE: self._calibrate,
            Task.REVERT_CALIBRATION: self._revert,
        }

    def _calibrate(self) -> None:
        modality = self._chosen(
            _("Calibrate on the people here"),
            _("Compares every two people of this vault by their references. Checks at this desk wait meanwhile."),
            _("Compare"),
        )
        if modality is None:
            return
        workspace, session = self._workspace, self._workspace.unlocked.session
        self._host.say(self._text("Working …"), Tone.INFORMATION)

        def gathered(material: SiteMaterial) -> None:
            pipelines = session.recognition.pipelines
            workspace.on_inference(
                lambda: measure(material, pipelines.open(modality), lambda _share: None), self._show, self._refused
            )

        workspace.on_vault(lambda: session.site_calibration.material(modality), gathered, self._refused)

    def _show(self, finding: SiteFinding) -> None:
        self._host.say("", Tone.INFORMATION)
        language, session = self._workspace.language, self._workspace.unlocked.session
        rows = finding_rows(finding, language)
        dialog = CalibrationDialog(
            self._parent, self._workspace.theme, language, rows, storable=finding.refusal is None
        )
        if self.show(dialog) != QDialog.DialogCode.Accepted:
            return

        def store(confirm: Confirm) -> str:
            session.site_calibration.store(finding, confirm())
            return language.text("Stored. It decides from the next unlock on.")

        self._host.run_by_two(Act.CHANGE_POLICY, language.text("Decide by this calibration?"), store)

    def _revert(self) -> None:
        modality = self._chosen(
            _("Back to the program's own calibration"), _("It holds from the next unlock on."), _("Go back")
        )
        if modality is None:
            return
        text, session = self._text, self._workspace.unlocked.session

        def revert(confirm: Confirm) -> str:
            session.site_calibration.revert(modality, confirm())
            return text("The program's own calibration decides from the next unlock on.")

        self._host.run_by_two(Act.CHANGE_POLICY, text("Go back to the program's own?"), revert)

    def _chosen(self, title: str, why: str, do: str) -> Modality | None:
        question = self._host.question(title, why, do)
        offered = [(self._text(words), modality.value) for modality, words in MODALITIES.items()]
        which = question.add_choice(self._text("Characteristic"), offered)
        return Modality(str(which.currentData())) if self._host.ask(question) else None

    def _refused(self, fault: MlidError) -> None:
        self._host.say(fault_text(fault, self._workspace.language), Tone.REJECTED)
