"""The page that shows native speakers every sentence beside its English, and takes down how it would be said better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Choice
from mlid_desktop.gui.widgets.dialogs import Question, dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import Notice, label, row
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.footer import ClosedReason, answers_row
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.wording import CatalogueSentence, read_wording, wording_csv
from mlid_desktop.station.text.language import NATIVE_NAMES, SOURCE_LANGUAGE, Language, is_right_to_left

SIZE = (1000, 680)
SEARCH_WIDTH = 240
BETTER_HEIGHT = 64
MARKS = 4  # pixels around a sentence: for what some scripts write under their letters
AnyIndex = QModelIndex | QPersistentModelIndex


def way_of(code: str) -> Qt.LayoutDirection:
    """The way round in which the language of this code is written."""
    return Qt.LayoutDirection.RightToLeft if is_right_to_left(code) else Qt.LayoutDirection.LeftToRight


class SentenceCell(QStyledItemDelegate):
    """Draws the sentences of a column the way round in which their language is written, whichever the window speaks."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:  # noqa: N802 - Qt's name
        """Gives the cell the direction of its language: of its full stop, of its beginning, and of where it is cut."""
        super().initStyleOption(option, index)
        option.direction = way_of(self.code)


class SentencesModel(QAbstractTableModel):
    """A table model of sentences: the page, the English, the translation as it is or as it was bettered."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._sentences: tuple[CatalogueSentence, ...] = ()
        self._better: Mapping[str, str] = {}
        self._heads = ("", "", "")
        self._codes = (language.code, SOURCE_LANGUAGE, language.code)  # of the languages that the columns are in

    def speak(self, code: str, better: Mapping[str, str]) -> None:
        """Takes up another language, and its better wordings by English sentence, which may still change."""
        self._better = better
        self._heads = (self._language.text("Page"), NATIVE_NAMES[SOURCE_LANGUAGE], NATIVE_NAMES.get(code, code))
        self._codes = (self._language.code, SOURCE_LANGUAGE, code)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 2)

    def show_sentences(self, sentences: tuple[CatalogueSentence, ...]) -> None:
        """Lists these sentences."""
        self.beginResetModel()
        self._sentences = sentences
        self.endResetModel()

    def sentence(self, index: int) -> CatalogueSentence:
        """The sentence in this row."""
        return self._sentences[index]

    def mark(self, index: int) -> None:
        """Shows a row again, as its better wording was changed."""
        self.dataChanged.emit(self.index(index, 2), self.index(index, 2))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        """The number of sentences that are listed."""
        return 0 if parent.isValid() else len(self._sentences)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        """The number of columns."""
        return 0 if parent.isValid() else len(self._heads)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's text, also for screen readers."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        sentence = self._sentences[index.row()]
        pages = ", ".join(self._language.text(page) for page in sentence.pages)
        better = self._better.get(sentence.english, "")
        return (pages, sentence.english, f"✎ {better}" if better else sentence.translated)[index.column()]

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The text and alignment of a column's head."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            mirrored = is_right_to_left(self._codes[section])
            side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return None


class WordingDialog(QDialog):
    """Lists the sentences of a language, those of a page or with a word in them; a better wording is typed below and
    saved to a file. ``choose_file`` asks for it and is replaced in tests, as is ``ask``."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        super().__init__(parent)
        language, theme, text = workspace.language, workspace.theme, workspace.language.text
        self._workspace, self._language = workspace, language
        self.ask: Callable[[Question], bool] = Question.asked
        dialogs = FileDialogs(self, workspace.station)
        self.choose_file: Callable[[str, str], str] = partial(dialogs.save, FileKind.REPORT)
        title = text("The wording of each language")
        self.setWindowTitle(title)
        resize_within(self, *SIZE)
        self._noted: dict[str, dict[str, str]] = {}  # better wordings by language and English sentence
        self._saved: dict[str, dict[str, str]] = {}
        self._sentences: tuple[CatalogueSentence, ...] = ()
        self.spoken = Choice(theme)
        self.spoken.setAccessibleName(text("Language"))
        for code in workspace.station.languages:
            if code != SOURCE_LANGUAGE:
                self.spoken.addItem(NATIVE_NAMES.get(code, code), code)
        self.page = Choice(theme)
        self.page.setAccessibleName(text("Page"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(text("Search the sentences"))
        self.search.setAccessibleName(text("Search the sentences"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(SEARCH_WIDTH)
        self.model = SentencesModel(language)
        self._cells = SentenceCell(SOURCE_LANGUAGE), SentenceCell(language.code)
        self.table = self._make_table(title)
        self.english, self.translated = label("", "muted", wrap=True), label("", wrap=True)
        self.translated.setMargin(MARKS)
        self.better = QPlainTextEdit()
        self.better.setAccessibleName(text("A better wording"))
        self.better.setPlaceholderText(text("A better wording"))
        self.better.setTabChangesFocus(True)
        self.better.setFixedHeight(BETTER_HEIGHT)
        self.notice = Notice(theme)
        self.save = Button(theme, text("Save …"), "primary").on(self._save)
        self._why = ClosedReason(self.save)
        self.close_button = Button(theme, text("Close"), "footer").on(self.reject)
        self._build(title)
        self.spoken.currentIndexChanged.connect(self._speak)
        self.page.currentIndexChanged.connect(self._list)
        self.search.textChanged.connect(self._list)
        self.table.selectionModel().selectionChanged.connect(self._show)
        self.better.textChanged.connect(self._note)
        self.spoken.setCurrentIndex(max(0, self.spoken.findData(language.code)))
        self._speak()
        self.search.setFocus()

    @property
    def _code(self) -> str:
        return str(self.spoken.currentData())

    @property
    def _better(self) -> dict[str, str]:
        """The better wordings of the language that is listed."""
        return self._noted.setdefault(self._code, {})

    @property
    def _row(self) -> int:
        """The chosen row; -1 where there is none."""
        chosen = self.table.selectionModel().selectedRows()
        return chosen[0].row() if chosen else -1

    def reject(self) -> None:
        """Closes the page, once it is certain that nothing typed is wanted any more."""
        if self._may_leave():
            super().reject()

    def _build(self, title: str) -> None:
        text, theme = self._language.text, self._workspace.theme
        why = label(
            text(
                "No native speaker has read these sentences yet. Choose one and write how you would say it; save the"
                " file and send it to the publisher."
            ),
            wrap=True,
        )
        space = theme.space("snug")
        layout = dialog_column(theme, title, why)
        choices = row(self.spoken, self.page, spacing=space)
        choices.addWidget(self.search, 1)
        layout.addLayout(choices)
        layout.addWidget(self.table, 1)
        for part in (self.english, self.translated, self.better, self.notice):
            layout.addWidget(part)
        layout.addLayout(answers_row(theme, self._why, self.close_button, self.save))
        self.setLayout(layout)

    def _make_table(self, name: str) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName(name)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        for at, cell in enumerate(self._cells, 1):
            table.setItemDelegateForColumn(at, cell)
        heads = table.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(0, 160)
        return table

    def _speak(self, *_: object) -> None:
        """Lists another language; what was written for the one before is kept until the page is closed."""
        text = self._language.text
        self._sentences = read_wording(self._workspace.station.resources / "translations", self._code)
        self.model.speak(self._code, self._better)
        self._cells[1].code = self._code
        self.better.setLayoutDirection(way_of(self._code))
        pages = dict.fromkeys(page for sentence in self._sentences for page in sentence.pages)
        self.page.blockSignals(True)
        self.page.clear()
        self.page.addItem(text("All pages"), "")
        for page in pages:
            self.page.addItem(text(page), page)
        self.page.blockSignals(False)
        self._list()

    def _list(self, *_: object) -> None:
        page, typed = self.page.currentData(), self.search.text().strip()
        listed = (said for said in self._sentences if (not page or page in said.pages) and said.matches(typed))
        self.model.show_sentences(tuple(listed))
        if self.model.rowCount():
            self.table.selectRow(0)
        self._show()

    def _show(self, *_: object) -> None:
        """Shows the chosen sentence whole."""
        index = self._row
        sentence = self.model.sentence(index) if index >= 0 else None
        self.english.setText(sentence.english if sentence else "")
        self.translated.setText(sentence.translated if sentence else "")
        self.better.blockSignals(True)
        self.better.setPlainText(self._better.get(sentence.english, "") if sentence else "")
        self.better.blockSignals(False)
        self.better.setEnabled(sentence is not None)
        self._check(sentence)

    def _note(self) -> None:
        index, typed = self._row, self.better.toPlainText().strip()
        if index < 0:
            return
        sentence = self.model.sentence(index)
        self._better[sentence.english] = typed
        if not typed:
            del self._better[sentence.english]
        self.model.mark(index)
        self._check(sentence)

    def _check(self, sentence: CatalogueSentence | None) -> None:
        """Says which blanks a better wording lost: a name or number would be missing where it is shown."""
        better = self._better.get(sentence.english, "") if sentence else ""
        lost = sentence.lost_blanks(better) if sentence and better else ()
        blanks = ", ".join(lost)
        words = self._language.text("Keep what stands in braces as it is: {blanks}", blanks=blanks) if lost else ""
        self.notice.say(words, Tone.INCONCLUSIVE)
        self._show_next()

    def _show_next(self) -> None:
        """Saving comes next once something was written that is in no file yet."""
        unsaved = bool(self._better) and self._saved.get(self._code, {}) != self._better
        self._why.allow(unsaved, self._language.text("Nothing is changed yet."))

    def _save(self) -> None:
        chosen = self.choose_file(self._language.text("Save as"), f"mlid-wording-{self._code}.csv")
        if not chosen:
            return
        try:
            write_private(Path(chosen), wording_csv(self._code, self._sentences, self._better), replace=True)
        except MlidError as fault:
            self.notice.say(fault_text(fault, self._language), Tone.REJECTED)
            return
        self._saved[self._code] = dict(self._better)
        self._show_next()
        self.notice.say(self._language.text("Saved. Send the file to the publisher."), Tone.ACCEPTED)

    def _may_leave(self) -> bool:
        if all(self._saved.get(code, {}) == noted for code, noted in self._noted.items()):
            return True
        text = self._language.text
        question = Question(
            self,
            self._workspace.theme,
            text("Leave without saving?"),
            text("What you wrote is in no file yet."),
            text("Stay here"),
            text("Leave"),
            danger=True,
        )
        return self.ask(question)


def show_wording(parent: QWidget, workspace: Workspace) -> None:
    """Opens the page of the wording before a window. It holds nothing about people, and stays when the vault locks."""
    dialog = WordingDialog(parent.window(), workspace)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
