"""Carries out what the section of calibration offers: compare and store, and back to the supplied limits."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.calibration.dialog import CalibrationDialog
from mlid_desktop.gui.administration.calibration.presenter import calibration_screen
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm
from mlid_desktop.gui.state.latest import Latest
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.site_calibration.service import SiteFinding, SiteMaterial, measure
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import MODALITIES


class _LeftError(Exception):
    """Stops a comparing whose dialog was left."""


class CalibrationActions:
    """The actions of the section; ``show`` opens the dialog that compares and is replaced in tests."""

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
            _("Compares every two people of this vault by what is kept of them. Checks at this desk wait meanwhile."),
            _("Compare"),
        )
        if modality is None:
            return
        session = self._workspace.unlocked.session
        self._host.say(self._text("Working …"), Tone.INFORMATION)
        self._workspace.on_vault(
            lambda: session.site_calibration.material(modality),
            lambda material: self._compare(modality, material),
            self._refused,
        )

    def _compare(self, modality: Modality, material: SiteMaterial) -> None:
        """Compares in the dialog, which shows how far it is; who leaves it meanwhile stops the comparing."""
        self._host.say("", Tone.INFORMATION)
        workspace, language = self._workspace, self._workspace.language
        pipelines = workspace.unlocked.session.recognition.pipelines
        named = self._text(MODALITIES[modality])
        dialog = CalibrationDialog(self._parent, workspace.theme, language, named)
        shares: Latest[float] = Latest(workspace.bridge, dialog.show_progress)
        left = threading.Event()
        findings: list[SiteFinding] = []

        def progress(share: float) -> None:
            if left.is_set():
                raise _LeftError
            shares.put(share)

        def compare() -> SiteFinding | None:
            try:
                return measure(material, pipelines.open(modality), progress)
            except _LeftError:
                return None

        def done(finding: SiteFinding | None) -> None:
            if finding is not None and not left.is_set():
                findings.append(finding)
                dialog.show_finding(calibration_screen(finding, language))

        def failed(fault: MlidError) -> None:
            if not left.is_set():
                dialog.show_fault(fault_text(fault, language))

        workspace.on_inference(compare, done, failed)
        is_wanted = self.show(dialog) == QDialog.DialogCode.Accepted
        left.set()
        shares.mute()
        dialog.deleteLater()
        if is_wanted and findings:
            self._store(findings[0])

    def _store(self, finding: SiteFinding) -> None:
        language, session = self._workspace.language, self._workspace.unlocked.session

        def store(confirm: Confirm) -> str:
            session.site_calibration.store(finding, confirm())
            return language.text("Stored. The new limits are used from the next unlock on.")

        self._host.run_by_two(Act.CHANGE_POLICY, language.text("Use the new limits?"), store)

    def _revert(self) -> None:
        modality = self._chosen(
            _("Back to the supplied limits"), _("It holds from the next unlock on."), _("Use the supplied limits …")
        )
        if modality is None:
            return
        text, session = self._text, self._workspace.unlocked.session

        def revert(confirm: Confirm) -> str:
            session.site_calibration.revert(modality, confirm())
            return text("The supplied limits are used from the next unlock on.")

        self._host.run_by_two(Act.CHANGE_POLICY, text("Use the supplied limits?"), revert)

    def _chosen(self, title: str, why: str, do: str) -> Modality | None:
        question = self._host.question(title, why, do)
        offered = [(self._text(words), modality.value) for modality, words in MODALITIES.items()]
        which = question.add_choice(self._text("Compare by"), offered)
        return Modality(str(which.currentData())) if self._host.ask(question) else None

    def _refused(self, fault: MlidError) -> None:
        self._host.say(fault_text(fault, self._workspace.language), Tone.REJECTED)
