"""Carries out the actions of the administration page: asks, works on the vault thread, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.attack_test.actions import AttackTestActions
from mlid_desktop.gui.administration.calibration.actions import CalibrationActions
from mlid_desktop.gui.administration.callers.actions import CallerActions
from mlid_desktop.gui.administration.desk_report import DeskReport
from mlid_desktop.gui.administration.desks.actions import DeskActions
from mlid_desktop.gui.administration.fields.actions import FieldActions
from mlid_desktop.gui.administration.model_actions import ModelActions
from mlid_desktop.gui.administration.organisation_actions import OrganisationActions
from mlid_desktop.gui.administration.people_actions import PeopleActions
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm, ask_second_person, with_second
from mlid_desktop.gui.page.setup_presenter import CONSEQUENCES, policy_title
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Choice
from mlid_desktop.gui.widgets.dialogs import Fields, Question
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.secret_help import SecretHelp, add_new_secret, add_written_code
from mlid_desktop.station.administration.audit_reports import audit_finding_text, read_checkpoint_file
from mlid_desktop.station.administration.readiness import SetupProofs, SetupStep
from mlid_desktop.station.administration.vault_admin import Credential
from mlid_desktop.station.administration.vault_administration import BackupRecord
from mlid_desktop.station.diagnosis.report import examine_desk, report_text
from mlid_desktop.station.documents.figure_sheet import figures_csv
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.pdf import write_sheet
from mlid_desktop.station.figures.period import PeriodKind
from mlid_desktop.station.text.language import N_ as _

Say = Callable[[str, Tone], None]


class AdministrationActions:
    """The actions of the administration page: ``say`` tells what came of one, ``redo`` reads the section again. ``ask``
    shows a question and is replaced in tests, as are the choosers of files and folders."""

    def __init__(
        self, parent: QWidget, workspace: Workspace, say: Say, redo: Callable[[], None], restore: Callable[[], None]
    ) -> None:
        self._parent, self._workspace, self._told, self._redo = parent, workspace, say, redo
        self._text = workspace.language.text
        self.ask: Callable[[Question], bool] = Question.asked
        self.show_report: Callable[[DeskReport], object] = DeskReport.exec
        dialogs = FileDialogs(parent, workspace.station)
        self.choose_folder: Callable[[str], str] = partial(dialogs.folder, FileKind.BACKUP)
        self.choose_models: Callable[[str], str] = partial(dialogs.folder, FileKind.MODELS)
        self.choose_file: Callable[[str, str], str] = partial(dialogs.save, FileKind.REPORT)
        self.choose_existing: Callable[[str], str] = partial(dialogs.open, FileKind.REPORT)
        self.ask_second: Callable[[str, str], tuple[str, str] | None] = partial(ask_second_person, parent, workspace)
        people = PeopleActions(self)
        self._ways_about = people.ways_about
        self.admit_supervisor = people.admit_supervisor
        self._ways: dict[Task, Callable[[], None]] = {
            **people.ways,
            **OrganisationActions(self).ways,
            **CallerActions(parent, self).ways,
            Task.CHANGE_POLICY: self._change_policy,
            Task.CHECK_AUDIT: self._check_audit,
            Task.DAY_REPORT: self._day_report,
            Task.COMPARE_CHECKPOINT: self._compare_checkpoint,
            Task.EXPORT_AUDIT: self._export_audit,
            Task.BACK_UP: self._back_up,
            Task.CHECK_BACKUP: self._check_backup,
            Task.FORGET_BACKUP: self._forget_backup,
            Task.RESTORE: restore,
            Task.SAVE_LEDGER: self._save_ledger,
            Task.REPLAY_LEDGER: self._replay_ledger,
            Task.CHECK_VAULT: self._check_vault,
            Task.ROTATE: self._rotate,
            Task.STATISTICS: self._statistics,
            Task.CHECK_PROGRAM: self._check_program,
            Task.TEST_DESK: self._test_desk,
        }
        self.desks = DeskActions(parent, self, redo)
        self._ways |= self.desks.ways
        self.attack_test = AttackTestActions(parent, self, redo)
        self.fields = FieldActions(parent, self)
        self._ways |= self.fields.ways | self.attack_test.ways | ModelActions(parent, self, redo).ways
        self.calibration = CalibrationActions(parent, self)
        self._ways |= self.calibration.ways

    @property
    def workspace(self) -> Workspace:
        """The workspace of the window: the station and the vault that is open."""
        return self._workspace

    def say(self, words: str, tone: Tone) -> None:
        """A sentence under the section."""
        self._told(words, tone)

    def do(self, task: Task, about: str = "") -> None:
        """Carries out one of the actions; ``about`` names whom it is about, where it is about somebody."""
        if task in self._ways_about:
            self._ways_about[task](about)
        else:
            self._ways[task]()

    def question(self, title: str, why: str, do: str, *, danger: bool = False) -> Question:
        """A question in front of the page."""
        text = self._text
        return Question(
            self._parent, self._workspace.theme, text(title), text(why), text("Cancel"), text(do), danger=danger
        )

    def ask_new_passphrase(
        self,
        question: Question,
        names: tuple[str, str],
        before: Fields = (),
        choice: Choice | None = None,
        needed: Fields = (),
    ) -> str | None:
        """Asks the question with a new passphrase in it, typed twice under two ``names``; None where it was left. What
        was typed ``before`` can be shown too; without a ``choice`` made the question is not answered."""
        theme, language = self._workspace.theme, self._workspace.language
        fresh, again = add_new_secret(question, theme, language, names, before, choice, needed)
        return fresh.text() if self.ask(question) and fresh.text() == again.text() else None

    def ask_from_paper(self, question: Question, code: str, is_same: Callable[[str, str], bool]) -> str | None:
        """Asks the question with a code in it, which is written down and typed from the paper; None where it was
        left."""
        written = add_written_code(question, self._workspace.theme, self._workspace.language, code, is_same)
        return written.typed.text() if self.ask(question) else None

    def run(self, task: Callable[[], str]) -> None:
        """Runs a task on the vault thread, and shows the sentence that it hands back."""
        self.say(self._text("Working …"), Tone.INFORMATION)

        def done(sentence: str) -> None:
            self._redo()
            self.say(sentence, Tone.ACCEPTED)

        self._workspace.on_vault(task, done, self.refused)

    def run_by_two(
        self,
        act: Act,
        title: str,
        task: Callable[[Confirm], str],
        *,
        why: str = "",
        leaving: str = "",
        policy: bytes | None = None,
    ) -> None:
        """Runs a task on the vault thread once a second person confirmed it, where one has to."""
        reason = why or self._text("A second person confirms it with a passphrase.")

        def do(confirm: Confirm) -> None:
            self.run(lambda: task(confirm))
            self._workspace.refresh_pending()

        with_second(
            self._workspace,
            act,
            lambda: self.ask_second(title, reason),
            do,
            self.refused,
            leaving=leaving,
            policy=policy,
        )

    def refused(self, fault: MlidError) -> None:
        """Shows the fault for which a task was refused."""
        self.say(fault_text(fault, self._workspace.language), Tone.REJECTED)

    def _change_policy(self) -> None:
        text, station = self._text, self._workspace.station
        session = self._workspace.unlocked.session
        why = _("It holds from the next unlock on. A second person confirms it.")
        question = self.question(_("Choose another policy"), why, _("Choose …"))
        language = self._workspace.language
        which = question.add_options(
            language,
            [
                (policy_title(name, session.policy.name, language), text(words), name)
                for name, words in CONSEQUENCES.items()
            ],
        )
        if not self.ask(question) or not which.value:
            return
        content = (station.resources / "policy" / f"{which.value}.toml").read_bytes()

        def change(confirm: Confirm) -> str:
            identity = session.administration.store_policy(content, confirm())
            return text("From the next unlock on: policy {name}.", name=identity.name)

        self.run_by_two(Act.CHANGE_POLICY, text("Change the policy?"), change, policy=content)

    def _check_audit(self, outside: Path | None = None) -> None:
        language, administration = self._workspace.language, self._workspace.unlocked.session.administration
        self.say(self._text("Working …"), Tone.INFORMATION)

        def told(found: tuple[str, bool]) -> None:
            self.say(found[0], Tone.ACCEPTED if found[1] else Tone.REJECTED)

        def check() -> tuple[str, bool]:
            report = administration.check_audit(None if outside is None else read_checkpoint_file(outside))
            if report.finding is not None:
                return audit_finding_text(report.finding, language), False
            if report.against is not None:
                agrees = _("The audit agrees with the checkpoint, which was signed at entry {entry}.")
                return language.text(agrees, entry=language.number(report.against.sequence)), True
            whole = "The audit is whole: {number} entry.", "The audit is whole: {number} entries."
            return language.plural(*whole, report.entries), True

        self._workspace.on_vault(check, told, self.refused)

    def _compare_checkpoint(self) -> None:
        """Compares the audit with a checkpoint that was kept outside the vault: that tells even where the whole vault
        was put back."""
        text = self._text
        chosen = self.choose_existing(text("A checkpoint that was kept outside the vault"))
        if chosen:
            self._check_audit(Path(chosen))

    def _day_report(self) -> None:
        language, station = self._workspace.language, self._workspace.station
        administration = self._workspace.unlocked.session.administration
        today = station.clock.now().astimezone().date()
        self._to_file(
            f"report-{today.isoformat()}.pdf",
            lambda out: write_sheet(out, administration.report_of_day(today, language), language, replace=True),
        )

    def _export_audit(self) -> None:
        administration = self._workspace.unlocked.session.administration
        self._to_file("audit.jsonl", lambda out: write_private(out, administration.export_audit(), replace=True))

    def _back_up(self) -> None:
        text, administration = self._text, self._workspace.unlocked.session.administration
        folder = self.choose_folder(text("Where to, best on another disk"))
        if folder:
            stamp = self._workspace.station.clock.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
            target = Path(folder) / f"mlid-backup-{stamp}"

            def back_up() -> str:
                made = administration.back_up(str(target))
                return text("Wrote a backup to {folder}.", folder=made.location)

            self.run(back_up)
            self._workspace.refresh_pending()

    def _check_backup(self) -> None:
        text, station = self._text, self._workspace.station
        folder = self.choose_folder(text("Which backup"))
        if not folder:
            return
        question = self.question(
            _("Check a backup"), _("It is read to the last byte; nothing is restored."), _("Check")
        )
        name = question.add_field(text("Supervisor's name"))
        passphrase = question.add_field(text("Passphrase"), secret=True)
        question.fields.addWidget(SecretHelp(self._workspace.theme, self._workspace.language, (passphrase,)))
        question.wait_for(self._workspace.language, name, passphrase)
        if not self.ask(question):
            return
        opens = Credential(name.text().strip(), passphrase.text())
        proofs, vault_id = SetupProofs(station.settings.state), self._workspace.unlocked.session.vault_id

        def check() -> str:
            station.vault_admin().verify(folder, opens)
            proofs.note(vault_id, SetupStep.BACKUP)
            return text("The backup is whole.")

        self.run(check)

    def _forget_backup(self) -> None:
        administration = self._workspace.unlocked.session.administration
        self._workspace.on_vault(administration.backups, self._ask_which_to_forget, self.refused)

    def _ask_which_to_forget(self, known: Sequence[BackupRecord]) -> None:
        text, language = self._text, self._workspace.language
        administration = self._workspace.unlocked.session.administration
        if not known:
            self.say(text("None was made yet"), Tone.INFORMATION)
            return
        why = _("For one that was destroyed: certificates of erasure do not name it any more, and erasures skip it.")
        question = self.question(_("Take a backup off the list?"), why, _("Take off the list"), danger=True)
        named = [(f"{language.moment(backup.made_at)} · {backup.location}", backup.backup_id) for backup in known]
        which = question.add_choice(text("Backup"), named)
        if not self.ask(question):
            return
        backup_id = str(which.currentData())

        def forget() -> str:
            administration.forget_backup(backup_id)
            return text("The backup was taken off the list.")

        self.run(forget)

    def _save_ledger(self) -> None:
        administration = self._workspace.unlocked.session.administration
        self._to_file("erasures.json", lambda out: write_private(out, administration.export_erasures(), replace=True))

    def _replay_ledger(self) -> None:
        language, session = self._workspace.language, self._workspace.unlocked.session
        chosen = self.choose_existing(language.text("A list of erasures that was saved later than this vault"))
        if not chosen:
            return
        why = language.text("For an older copy of the vault: whoever was erased since is erased from it again.")
        sentence = "{number} person was erased again.", "{number} people were erased again."

        def replay(confirm: Confirm) -> str:
            erased = session.administration.replay_erasures(Path(chosen), confirm())
            return language.plural(*sentence, erased)

        self.run_by_two(Act.REPLAY_ERASURES, language.text("Repeat the erasures?"), replay, why=why)

    def _check_vault(self) -> None:
        language, administration = self._workspace.language, self._workspace.unlocked.session.administration
        whole = "The vault is whole: {number} person.", "The vault is whole: {number} people."
        station, vault_id = self._workspace.station, self._workspace.unlocked.session.vault_id

        def check() -> str:
            people = administration.verify().subjects
            SetupProofs(station.settings.state).note_check(vault_id, station.clock.now())
            return language.plural(*whole, people)

        self.run(check)

    def _rotate(self) -> None:
        text, administration = self._text, self._workspace.unlocked.session.administration
        why = _(
            "Every key is replaced, in backups within reach too. That takes a minute for each 50,000 people: switch "
            "nothing off before it is done."
        )
        if self.ask(self.question(_("Change the keys?"), why, _("Change the keys"))):

            def rotate() -> str:
                administration.rotate_keys()
                return text("The keys were changed.")

            self.run(rotate)

    def _statistics(self) -> None:
        figures = self._workspace.unlocked.session.figures

        def write(out: Path) -> None:
            table = figures.table_to_export(figures.period(PeriodKind.ALL))
            write_private(out, figures_csv(table), replace=True)

        self._to_file("statistics.csv", write)

    def _check_program(self) -> None:
        text, check = self._text, self._workspace.station.self_check

        def look() -> str:
            check.require_whole()
            return text("This program is as it was published, or runs from its sources.")

        self.run(look)

    def _test_desk(self) -> None:
        """Shows the report in full; it is written only where that is asked for afterwards."""
        station, language = self._workspace.station, self._workspace.language

        def examine() -> str:
            return report_text(examine_desk(station), language, language.moment(station.clock.now()))

        def show(report: str) -> None:
            self.say("", Tone.INFORMATION)
            content = report.encode()

            def save() -> None:
                self._to_file("desk.txt", lambda out: write_private(out, content, replace=True))

            self.show_report(DeskReport(self._parent, self._workspace.theme, language, report, save))

        self.say(self._text("Working …"), Tone.INFORMATION)
        self._workspace.on_vault(examine, show, self.refused)

    def _to_file(self, name: str, write: Callable[[Path], object]) -> None:
        text = self._text
        chosen = self.choose_file(text("Save"), name)
        if chosen:

            def written() -> str:
                write(Path(chosen))
                return text("Written to {path}.", path=chosen)

            self.run(written)
