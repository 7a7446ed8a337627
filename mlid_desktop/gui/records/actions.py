"""The actions on one person's record: agree again, withdraw, hand out, erase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import Erased, Standing, SubjectSummary
from mlid_desktop.domain.text import tidy_number
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm, ask_second_person, with_second
from mlid_desktop.gui.records.correction import CorrectionDialog
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.records.renewal import RenewalQuestion
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.dialogs import Answer, Question
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.secret_help import SecretHelp
from mlid_desktop.site_fields.schema import SiteField
from mlid_desktop.station.external_requests.withdrawals import UNDO_REASONS, UndoReason

if TYPE_CHECKING:
    from mlid_desktop.gui.widgets.elements import Notice
    from mlid_desktop.station.documents.pdf import PaperSheet


class RecordActions:
    """The actions on a record: each begins with a question and ends with a sentence on the page."""

    def __init__(self, page: QWidget, workspace: Workspace, notice: Notice) -> None:
        self._page, self._workspace, self._notice = page, workspace, notice
        self._text = workspace.language.text
        self.ask: Callable[[Question], bool] = Question.asked
        self.ask_for_correction: Callable[[CorrectionDialog], object] = CorrectionDialog.exec
        self.choose_file: Callable[[str], str] = self._ask_for_file

    def ask_renew(self, person: SubjectSummary) -> None:
        """Asks for a renewed consent: the person reads the text of today and agrees to it, and what is kept may
        stay."""
        text = self._text
        question = RenewalQuestion(self._page, self._workspace, person)
        if self.ask(question):
            consent = question.consent(self._workspace.station.clock.now())
            session = self._workspace.unlocked.session
            rights = session.subject_rights
            done = text("{name} agreed again. The record is kept.", name=person.name)
            self._change(lambda: rights.renew_consent(person, consent), done)
        elif question.result() == Answer.THIRD:
            self.say_declined(person)

    def say_declined(self, person: SubjectSummary) -> None:
        """Says what follows where somebody does not agree again: nothing is changed, unless the person takes back the
        consent of before as well."""
        text = self._text
        if person.standing is not Standing.HELD:
            self._notice.say(
                text("Nothing is changed: consent stays withdrawn, and the record is to be erased."), Tone.NEUTRAL
            )
            return
        question = self._question(
            person,
            text("{name} does not agree again", name=person.name),
            text(
                "Nothing is changed: the consent given before holds until the time of the record is over, and then "
                "the record is to be erased. Withdraw consent if the person takes that back too."
            ),
            text("Withdraw consent …"),
            keep=text("Leave it as it is"),
            danger=True,
        )
        if self.ask(question):
            self.ask_withdraw(person)

    def ask_withdraw(self, person: SubjectSummary) -> None:
        """Asks for the withdrawal of consent, as easy as agreeing: one person at the desk, no reason needed."""
        administration = self._workspace.unlocked.session.administration
        self._workspace.on_vault(
            lambda: administration.second_needed(Act.ERASE),
            lambda needed: self._ask_withdraw(person, two_erase=needed),
            self._say_fault,
        )

    def _ask_withdraw(self, person: SubjectSummary, *, two_erase: bool) -> None:
        text = self._text
        question = self._question(
            person,
            text("{name} withdraws consent?", name=person.name),
            text("No reason is needed, and no second person. The way without biometrics stays open to the person."),
            text("Withdraw"),
            danger=True,
        )
        then = (
            text("You erase the record with a second person, today. Until then Home reminds you.")
            if two_erase
            else text("You erase the record, today. Until then Home reminds you.")
        )
        follows = (text("Now"), text("Nothing about this person is compared any more.")), (text("Next"), then)
        question.add_sequence(follows)
        reason = question.add_field(text("Reason, if one was given"))
        guardian = question.add_field(text("Guardian's name, where one speaks for the person"))
        if self.ask(question):
            rights = self._workspace.unlocked.session.subject_rights
            said = guardian.text().strip(), reason.text().strip()
            done = text("Consent is withdrawn. Erase the record, or let the person agree again.")
            here = text(
                "Consent is withdrawn at this desk. The register, and other desks, learn of it once it is reached."
            )

            def withdrawn(is_known: bool) -> None:
                self._changed(done if is_known else here)

            self._workspace.on_vault(lambda: rights.withdraw_consent(person, *said), withdrawn, self._say_fault)

    def ask_undo(self, person: SubjectSummary) -> None:
        """Asks why a withdrawal that another program sent is undone."""
        text = self._text
        question = self._question(
            person,
            text("{name} does not take back consent?", name=person.name),
            text(
                "Ask the person first. They are compared as before. A program that had said so is told. "
                "The audit names you."
            ),
            text("Undo the withdrawal"),
        )
        reason = question.add_choice(text("Why"), [(text(UNDO_REASONS[why]), why.value) for why in UndoReason])
        if self.ask(question):
            withdrawals = self._workspace.unlocked.session.external_requests.withdrawals
            said, done = UndoReason(str(reason.currentData())), text("{name} is compared as before.", name=person.name)
            self._change(partial(withdrawals.undo, person, said), done)

    def ask_code(self, person: SubjectSummary) -> None:
        """Asks to replace the code of a lost receipt: its code stops working, a new one is made."""
        text = self._text
        question = self._question(
            person,
            text("A new receipt code for {name}?", name=person.name),
            text("It finds the record when it is scanned. The code on an earlier receipt stops working."),
            text("Save the new receipt …"),
        )
        chosen = self.choose_file(f"code-{person.number}.pdf") if self.ask(question) else ""
        if chosen:
            written = partial(self._write_code, person, Path(chosen))
            self._workspace.on_vault(written, self._code_written, self._say_fault)

    def ask_wish(self, person: SubjectSummary) -> None:
        """Asks whether the person is to be left without movements from now on: one person at the desk, no reason."""
        text = self._text
        question = self._question(
            person,
            text("May {name} be asked for head movements?", name=person.name),
            text("The person decides that, and gives no reason."),
            text("Save"),
        )
        asked, spared = "asked", "spared"
        instead = text("A finger, compared more strictly, and a second person stand in; or else a document.")
        options = (
            (text("May be asked"), text("A check of the face may ask for a turn of the head."), asked),
            (text("Not to be asked"), instead, spared),
        )
        wish = question.add_changed_option(self._workspace.language, options, (asked, spared)[person.without_movements])
        if self.ask(question):
            rights, without = self._workspace.unlocked.session.subject_rights, wish.value == spared
            done = text("The wish of {name} is noted.", name=person.name)
            self._change(partial(rights.note_wish, person, without_movements=without), done)

    def ask_correction(self, person: SubjectSummary, said: str = "") -> None:
        """Asks for what is to be corrected, of the fields that the person agreed to."""
        fields = self._workspace.unlocked.session.site_fields
        asked = partial(self._ask_correction, person, said)
        self._workspace.on_vault(lambda: fields.asked_of(person), asked, self._say_fault)

    def _ask_correction(self, person: SubjectSummary, said: str, asked: tuple[SiteField, ...]) -> None:
        dialog = CorrectionDialog(self._page, self._workspace, person, asked)
        dialog.notice.say(said)
        if not self.ask_for_correction(dialog):
            return
        wanted, session = dialog.correction, self._workspace.unlocked.session

        def correct() -> tuple[str, ...]:
            second = None if wanted.second is None else session.confirm_second(*wanted.second)
            return session.site_fields.correct(
                person, second, number=wanted.number, name=wanted.name, typed=wanted.typed
            )

        def corrected(changed: tuple[str, ...]) -> None:
            given, kept = self._text("Corrected. Give the person a new receipt."), self._text("Nothing was changed.")
            self._changed(given if changed else kept)
            if "number" in changed:
                self._workspace.refresh_pending()  # who shared it may have it alone now
            if changed:
                self.ask_code(replace(person, number=tidy_number(wanted.number or person.number)))

        self._workspace.on_vault(correct, corrected, partial(self._refused, partial(self.ask_correction, person)))

    def ask_number(self, person: SubjectSummary, said: str = "") -> None:
        """Asks two people to give a person who shares a number another one, where nothing else can be corrected."""
        text = self._text
        question = self._question(
            person,
            text("Another number for {name}?", name=person.name),
            text(
                "A number belongs to one person. Make sure by a document who this is, and give a number that nobody "
                "has. A second person confirms it."
            ),
            text("Give this number"),
        )
        number = question.add_field(text("New number"))
        name = question.add_field(text("Second person's name"))
        passphrase = question.add_field(text("Second person's passphrase"), secret=True)
        question.fields.addWidget(SecretHelp(self._workspace.theme, self._workspace.language, (passphrase,)))
        question.wait_for(self._workspace.language, number, name, passphrase)
        question.notice.say(said)
        if not self.ask(question):
            return
        session, typed = self._workspace.unlocked.session, number.text()
        second, secret = name.text().strip(), passphrase.text()

        def give() -> str:
            return session.subject_rights.give_number(person, typed, session.confirm_second(second, secret))

        def given(kept: str) -> None:
            self._changed(text("{name} now has No. {number}. Print a new receipt.", name=person.name, number=kept))
            self._workspace.refresh_pending()

        self._workspace.on_vault(give, given, partial(self._refused, partial(self.ask_number, person)))

    def ask_export(self, person: SubjectSummary, said: str = "") -> None:
        """Asks to export what is kept about the person, for the person: handed out by two."""
        text = self._text
        why = text(
            "A PDF to read, and a file with everything for another program. They are for the person alone. "
            "A second person confirms it."
        )
        title = text("Hand out what is kept about {name}?", name=person.name)
        refused = partial(self._refused, partial(self.ask_export, person))

        def export(confirm: Confirm) -> None:
            chosen = self.choose_file(f"kept-{person.number}.pdf")
            if chosen:
                self._workspace.on_vault(
                    partial(self._export, person, confirm, Path(chosen)), self._say_written, refused
                )

        ask = partial(self._ask_second, person, title, why, said)
        with_second(self._workspace, Act.EXPORT_PERSON, ask, export, self._say_fault)

    def ask_erase(self, person: SubjectSummary, said: str = "") -> None:
        """Two people, where there are two; what cannot be undone is said before."""
        administration = self._workspace.unlocked.session.administration
        self._workspace.on_vault(
            lambda: administration.second_needed(Act.ERASE),
            lambda needed: self._ask_erase(person, said, needed=needed),
            self._say_fault,
        )

    def _ask_erase(self, person: SubjectSummary, said: str, *, needed: bool) -> None:
        text = self._text
        alone = text(
            "Everything kept about this person is destroyed. This cannot be undone. "
            "Nobody else can confirm it yet: the audit says that you did it alone."
        )
        question = self._question(
            person,
            text("Erase {name}?", name=person.name),
            text("Everything kept about this person is destroyed. This cannot be undone. A second person confirms it.")
            if needed
            else alone,
            text("Erase {name}", name=person.name),
            danger=True,
        )
        session = self._workspace.unlocked.session
        if not needed:
            question.notice.say(said)
            if self.ask(question):
                self.erase(person, lambda: None)
            return
        name = question.add_field(text("Second person's name"))
        passphrase = question.add_field(text("Second person's passphrase"), secret=True)
        question.fields.addWidget(SecretHelp(self._workspace.theme, self._workspace.language, (passphrase,)))
        question.wait_for(self._workspace.language, name, passphrase)
        question.notice.say(said)
        if self.ask(question):
            who, secret = name.text().strip(), passphrase.text()
            self.erase(person, lambda: session.confirm_second(who, secret))

    def erase(self, person: SubjectSummary, confirm: Confirm) -> None:
        """Destroys the person's key and offers the certificate."""
        session = self._workspace.unlocked.session

        def erase() -> Erased:
            return session.subject_rights.erase(person, confirm())

        def erased(done: Erased) -> None:
            self._changed(self._text("{name} is erased.", name=person.name))
            self._workspace.refresh_pending()
            self._offer_certificate(person, done)

        refused = partial(self._refused, partial(self.ask_erase, person))
        self._workspace.on_vault(erase, erased, refused)

    def _ask_second(self, person: SubjectSummary, title: str, why: str, said: str) -> tuple[str, str] | None:
        """Asks for a second person's name and passphrase before what is kept about somebody is handed out."""
        about = about_person(person, self._workspace.language)
        do = self._text("Hand out")
        return ask_second_person(self._page, self._workspace, title, why, about, said, do=do, ask=self.ask)

    def _question(
        self, person: SubjectSummary, title: str, why: str, do: str, *, keep: str = "", danger: bool = False
    ) -> Question:
        """A question about a person, in front of the page; ``keep`` is what changes nothing, where that is not to go
        back."""
        back, about = keep or self._text("Cancel"), about_person(person, self._workspace.language)
        return Question(self._page, self._workspace.theme, title, why, back, do, danger=danger, about=about)

    def _change(self, task: Callable[[], object], done: str) -> None:
        """Changes a record on the vault thread; what is ``done`` then, or the fault, is said on the page."""
        self._workspace.on_vault(task, lambda _: self._changed(done), self._say_fault)

    def _export(self, person: SubjectSummary, confirm: Confirm, path: Path) -> Path:
        """Writes everything that is held, as a sheet and as data beside it; runs on the vault thread."""
        from mlid_desktop.station.documents.output_files import require_writable, write_private  # noqa: PLC0415 - as above
        from mlid_desktop.station.documents.pdf import write_sheet  # noqa: PLC0415 - as above
        from mlid_desktop.station.documents.subject_access import access_document_bytes, access_sheet  # noqa: PLC0415 - late: start-up

        session, language = self._workspace.unlocked.session, self._workspace.language
        data = path.with_suffix(".json") if path.suffix.lower() == ".pdf" else Path(f"{path}.json")
        require_writable(path, replace=True)
        require_writable(data)  # the dialog asked about the name that was chosen, and no other
        held = session.subject_rights.holdings(person, confirm())
        write_sheet(path, access_sheet(held, language), language, replace=True)
        write_private(data, access_document_bytes(held, self._workspace.station.clock.now()))
        return path

    def _write_code(self, person: SubjectSummary, path: Path) -> Path:
        """Writes the sheet with a new code, after which the earlier one is worthless; runs on the vault thread."""
        from mlid_desktop.station.documents.receipt import code_sheet  # noqa: PLC0415 - late: start-up

        session = self._workspace.unlocked.session
        token, schema = session.subjects.issue_receipt_code(person.subject_id), session.site_fields.schema()
        return self._write(path, code_sheet(person, token, self._workspace.language, schema))

    def _code_written(self, path: Path) -> None:
        self._say_written(path)
        self._workspace.refresh_people()

    def _offer_certificate(self, person: SubjectSummary, erased: Erased) -> None:
        from mlid_desktop.station.documents.erasure_certificate import erasure_certificate  # noqa: PLC0415 - late: start-up

        text = self._text
        question = self._question(
            person,
            text("{name} is erased", name=person.name),
            text("The certificate says what was destroyed and which backups may still hold the person. It is theirs."),
            text("Save the certificate …"),
            keep=text("Without a certificate"),
        )
        chosen = self.choose_file(f"erased-{person.number}.pdf") if self.ask(question) else ""
        if chosen:
            vault_id = self._workspace.unlocked.session.vault_id
            sheet = erasure_certificate(person, erased, vault_id, self._workspace.language)
            self._workspace.on_vault(partial(self._write, Path(chosen), sheet), self._say_written, self._say_fault)

    def _write(self, path: Path, sheet: PaperSheet) -> Path:
        from mlid_desktop.station.documents.pdf import write_sheet  # noqa: PLC0415 - late: start-up

        write_sheet(path, sheet, self._workspace.language, replace=True)
        return path

    def _changed(self, sentence: str) -> None:
        self._notice.say(sentence, Tone.ACCEPTED)
        self._workspace.refresh_people()

    def _say_written(self, path: Path) -> None:
        self._notice.say(self._text("Written to {path}.", path=str(path)), Tone.ACCEPTED)

    def _say_fault(self, fault: MlidError) -> None:
        self._notice.say(fault_text(fault, self._workspace.language))

    def _refused(self, again: Callable[[str], None], fault: MlidError) -> None:
        again(fault_text(fault, self._workspace.language))

    def _ask_for_file(self, name: str) -> str:
        dialogs = FileDialogs(self._page, self._workspace.station)
        return dialogs.save(FileKind.RECEIPT, self._text("Save as"), name, "PDF (*.pdf)")
