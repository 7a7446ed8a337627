"""Sentences for error codes: what happened, what it means, what to do. The only place where faults get sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.station.text.attempt_terms import ATTEMPT_FAULTS
from mlid_desktop.station.text.device_faults import DEVICE_FAULTS
from mlid_desktop.station.text.field_terms import FIELD_FAULTS, field_fault_reason
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import terms_of
from mlid_desktop.station.text.vault_errors import REGISTER_FAULTS, VAULT_FAULTS

OF_A_FILE = _("{file}: {what}")
# what happened, what to do
FAULTS: Final[dict[Code, tuple[str, str]]] = {
    Code.USAGE_BAD_ARGUMENT: (_("The request is not complete or not clear: {what}."), _("Correct it and try again.")),
    Code.USAGE_PATH_MISSING: (_("There is nothing at {path}."), _("Check the path.")),
    Code.USAGE_UNKNOWN_SUBJECT: (
        _("Nobody with this number is enrolled here."),
        _("Check the number, or search by name."),
    ),
    Code.USAGE_NEEDS_DEMO_VAULT: (
        _("Tests with copies are for vaults made for demonstration."),
        _("Make a demo vault for the test, and open it."),
    ),
    Code.USAGE_TEST_UNDER_WAY: (
        _("A test is under way in this vault."),
        _("Go on with it, or erase it first."),
    ),
    Code.USAGE_NO_TEST: (_("No test is under way in this vault."), _("Begin one first; that takes two people.")),
    Code.USAGE_UNKNOWN_DRAFT: (
        _("This unfinished enrolment is not there any more."),
        _("Unfinished enrolments are kept for a day: begin again."),
    ),
    Code.USAGE_NUMBER_TAKEN: (
        _("This number belongs to somebody already enrolled."),
        _("Check the number, or open that record."),
    ),
    Code.USAGE_UNKNOWN_CALLER: (_("No other program of this name is admitted."), _("Look at the list of programs.")),
    Code.USAGE_ANSWER_INVALID: (
        _("This answer does not hold: {why}."),
        _("Do not rely on it. Ask again, and check the key that was given at pairing."),
    ),
    Code.USAGE_DESK_REFUSED: (
        _("The desk does not do it: {why}."),
        _("Look this name up in the table of errors of the guide for other programs."),
    ),
    Code.USAGE_NUMBER_AMBIGUOUS: (
        _("Several people have this number."),
        _("Choose the person under Records, or name their identifier."),
    ),
    Code.USAGE_NUMBER_NOT_SHARED: (
        _("Nobody else has this person's number: it stays."),
        _("Only people who share a number are given another one."),
    ),
    Code.USAGE_LIST_UNREADABLE: (
        _("The list {path} cannot be used: {why}."),
        _("Save it as CSV in UTF-8 with its column headings first, or name its encoding."),
    ),
    Code.USAGE_BAD_DATASET: (
        _("The data set cannot be used: {why}."),
        _("See the user guide for the expected folders."),
    ),
    Code.USAGE_OUTPUT_UNWRITABLE: (
        _("{path} cannot be written, or is there already."),
        _("Choose another name, in a folder that can be written to."),
    ),
    Code.USAGE_OUTPUT_EXISTS: (
        _("{path} is there already. Nothing was written."),
        _("Choose another name."),
    ),
    Code.USAGE_OUTPUT_IS_INPUT: (
        _("{path} is what is read: writing there would destroy it."),
        _("Choose another name."),
    ),
    Code.USAGE_OUTPUT_IN_VAULT: (
        _("{path} lies in the folder of a vault or a backup. Nothing was written."),
        _("Choose another folder."),
    ),
    **ATTEMPT_FAULTS,
    **FIELD_FAULTS,
    **DEVICE_FAULTS,
    Code.MODEL_MANIFEST_INVALID: (_("The list of models is damaged."), _("Install the program again.")),
    Code.MODEL_MISSING: (
        _("The model for {role} is not installed, so this part is off."),
        _("Install the models: under Administration, Models."),
    ),
    Code.MODEL_CHANGED: (
        _("The model file for {role} is not the one that was published. It was not loaded."),
        _("Install the models again: under Administration, Models."),
    ),
    Code.MODEL_UNUSABLE: (
        _("The model for {role} cannot be run here."),
        _("Test this desk, under Administration, and ask for help with its report."),
    ),
    Code.MODEL_FETCH_FAILED: (
        _("A model file could not be fetched."),
        _("Check the network and try again: it goes on where it stopped. Without a network, install from a folder."),
    ),
    Code.MODEL_BUILD_FAILED: (
        _("The models could not be built."),
        _("Install from a folder that holds a finished pack."),
    ),
    Code.MODEL_EXTRACTOR_MISMATCH: (
        _("A template was made by a model that is not in use here."),
        _("Install the models: under Administration, Models. Else enrol again, or make a new file from its picture."),
    ),
    Code.MODEL_TEMPLATE_INVALID: (_("A stored reference is damaged."), _("Enrol this person again.")),
    Code.MODEL_RECORD_INVALID: (
        _("This minutiae record cannot be read ({why})."),
        _("Ask whoever made it for a record of ISO/IEC 19794-2 or ANSI 378."),
    ),
    Code.MODEL_EVALUATION_ONLY: (
        _("This vault takes no templates of models that are for evaluation only."),
        _("Install the models: under Administration, Models."),
    ),
    Code.MODEL_LOOKS_FOR_NO_ATTACK: (
        _("The models in use look for no attack: there is nothing to test."),
        _("Install the models: under Administration, Models."),
    ),
    Code.MODEL_UNCALIBRATED: (
        _("The calibration does not carry the error rate that the policy asks for."),
        _("Choose the policy “standard”, or calibrate with more people."),
    ),
    Code.MODEL_TOO_FEW_PEOPLE: (
        _("{people} people do not carry a calibration of this site; about {needed} would."),
        _("The program's own calibration stays in force. Try again when more people are enrolled."),
    ),
    Code.MODEL_POLICY_INVALID: (_("The policy cannot be used: {where}."), _("Correct the policy file.")),
    Code.MODEL_POLICY_BELOW_FLOOR: (
        _("The policy asks less than any may: {where} is {said}, and the minimum is {floor}."),
        _("Set it to the minimum or stricter."),
    ),
    Code.MODEL_POLICY_NAME_TAKEN: (
        _("The program has another policy of the name {name}."),
        _("Give the policy a name of its own."),
    ),
    **VAULT_FAULTS,
    **REGISTER_FAULTS,
    Code.STATION_CHECK_RUNNING: (
        _("The program is still checking its own files. Enrolment opens when that is done."),
        _("Wait a moment and try again."),
    ),
    Code.STATION_PORT_TAKEN: (
        _("Another program has port {port} of this machine, so that this desk cannot be asked there."),
        _("End that program, or turn answering on at another port under Administration."),
    ),
    Code.STATION_DESK_SILENT: (
        _("No desk answers on this machine."),
        _("Open the window, unlock it, and turn on answering other programs. What was asked can be asked again."),
    ),
    Code.STATION_NO_WINDOW: (
        _("No window takes the link: MLID Desktop is closed, or does not answer other programs."),
        _("Open and unlock it, turn on answering other programs under Administration, and follow the link again."),
    ),
    Code.STATION_LINKS_UNSAFE: (
        _("Links are not taken: other users of this machine could reach the folder {folder}."),
        _("Let the folder belong to this user alone, then turn answering other programs off and on."),
    ),
    Code.STATION_NO_DISPLAY: (_("There is no display to show a window on."), _("Log in to a desktop, or use “mlid”.")),
    Code.STATION_SYSTEM_REFUSED: (_("The system refused: {why}."), _("Check the names and folders that were given.")),
    Code.STATION_OUTPUT_LOST: (
        _("The result could not be written to standard output. What the command did is done."),
        _("Look at the records and the audit before it is done again."),
    ),
    Code.STATION_OUT_OF_MEMORY: (
        _("This machine has too little free memory for that."),
        _("Close other programs and try again."),
    ),
    Code.STATION_CHANGED: (
        _("Files of this program are not as they were published: {files}. Enrolment stays closed."),
        _("Install the program again. If you did not change them, tell whoever looks after this machine."),
    ),
    Code.STATION_UNSIGNED: (
        _("This program cannot show that it is what was published. Enrolment stays closed."),
        _("Install the program again from its publisher."),
    ),
    Code.STATION_POLICY_INVALID: (
        _("The settings that the administrator placed cannot be used: {path}, {where}."),
        _("Ask your administrator to correct the file."),
    ),
    Code.STATION_UPDATE_UNSIGNED: (
        _("This update is damaged, or not from the publisher of this program. Nothing was changed."),
        _("Fetch it again from the publisher."),
    ),
    Code.STATION_UPDATE_UNFIT: (
        _("This update is not for this installation: {why}. Nothing was changed."),
        _("Fetch the update for this system and this kind of installation."),
    ),
    Code.STATION_UPDATE_OLDER: (
        _("This update holds version {offered}; version {installed} is installed. Nothing was changed."),
        _("Only newer versions are taken, because vaults go forward only."),
    ),
    Code.STATION_UPDATE_REFUSED: (
        _("The update was not begun: {why}. Nothing was changed."),
        _("Correct it and try again."),
    ),
    Code.STATION_UPDATE_UNDONE: (
        _("The new version did not start ({why}). The version before it is installed again; no vault was changed."),
        _("Keep working, and tell the publisher."),
    ),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """An error in words: what happened, and what to do next."""

    code: Code
    happened: str
    advice: str

    def __str__(self) -> str:
        return f"{self.happened} {self.advice}"


class _Blanks(dict[str, object]):
    """Facts for the blanks of a sentence; one that the fault lacks stays readable."""

    def __missing__(self, key: str) -> str:
        return "…"


def sentence(fault: MlidError, language: Language) -> Sentence:
    """The sentences of a fault in the person's language."""
    happened, advice = FAULTS[fault.code]
    is_modality_off = fault.code is Code.MODEL_MISSING and "modality" in fault.facts
    if is_modality_off:
        happened = terms_of(Modality(str(fault.facts["modality"]))).off
    facts = _Blanks(fault.facts)
    if "problem" in facts:
        facts["why"] = field_fault_reason(str(facts["problem"]), facts.get("limit", ""), language)
    said = language.text(happened).format_map(facts)
    if "file" in fault.facts and not is_modality_off:
        said = language.text(OF_A_FILE).format_map({"file": fault.facts["file"], "what": said})
    return Sentence(fault.code, said, language.text(advice).format_map(facts))
