"""The list of sources on the Devices page: a row for each, and a field that adds one by its address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.gui.page.device_status import DEVICES
from mlid_desktop.gui.state.source_choices import SourceChoice
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel, FoldButton
from mlid_desktop.gui.widgets.elements import Icon, column, label, row, tag, widget_of
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import facts_of, terms_of

Standing = tuple[str, bool]  # in words, and whether the source was seen to work
STILLS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".wsq", ".fmr", ".fir"})
PICTURE_FILES = "*.mp4 *.avi *.mkv *.mov *.webm *.png *.jpg *.jpeg *.bmp *.tif *.tiff *.webp *.wsq *.fir"
SOUND_FILES = "*.wav *.flac *.ogg *.mp3 *.m4a"


def files_of(modality: Modality) -> str:
    """The kinds of file that deliver a modality, for a dialog that chooses one."""
    return SOUND_FILES if facts_of(modality).stream is SampleStream.SOUND else PICTURE_FILES


def address_of_file(chosen: str) -> str:
    """The address of a file that was chosen: one picture, or a recording; empty where none was."""
    single = Path(chosen).suffix.lower() in STILLS
    return f"{'image' if single else 'file'}:{chosen}" if chosen else ""


class SourceButton(Button):
    """One source in the list of the Devices page, with how it ``stands`` (in use, tested: true where it works), and
    what is ``noted`` of it unless that is said of all."""

    def __init__(self, theme: Theme, choice: SourceChoice, stands: Standing, *, noted: bool = True) -> None:
        super().__init__(theme, "", "row")
        tag(self, compact="" if noted else "true")
        self.choice = choice
        self.setCheckable(True)
        self.setEnabled(choice.usable)
        self.setToolTip("" if choice.usable else choice.note)
        lines = column(ElidedLabel(choice.name, "strong"), spacing=2)
        if noted:
            note = ElidedLabel(choice.note, "muted") if choice.usable else label(choice.note, "muted", wrap=True)
            lines.addWidget(note)
        snug = theme.space("snug")
        layout = row(Icon(theme, DEVICES[choice.modality][0], "muted", 24), spacing=snug, margins=(snug, 6, snug, 6))
        layout.addLayout(lines, 1)
        self._sign, self._mark = Icon(theme, "tick", "accepted", 18), label("", "muted")
        layout.addWidget(self._sign)
        layout.addWidget(self._mark)
        self.setLayout(layout)
        self.show_standing(stands)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_standing(self, stands: Standing) -> None:
        """Shows how the source stands now; nothing where nothing is known."""
        words, works = stands
        tone = Tone.ACCEPTED if works else Tone.NEUTRAL
        for part in (self._sign, self._mark):
            part.setVisible(bool(words))
        self._sign.show_as(tone.icon if works else "clock", tone.value if works else "muted")
        tag(self._mark, tone=tone.value)
        self._mark.setText(words)
        self.setAccessibleName(", ".join(part for part in (self.choice.name, words, self.choice.note) if part))


class AddressField(QWidget):
    """What stands below the list of sources: looking for them ``again``, and, folded, a field that adds a stream or a
    file by its address."""

    def __init__(
        self,
        theme: Theme,
        language: Language,
        modality: Modality,
        added: Callable[[str], None],
        choose: Callable[[], str],
        again: Button,
    ) -> None:
        super().__init__()
        self._added, self._ask_for_file = added, choose
        self.field = QLineEdit()
        self.field.setPlaceholderText(terms_of(modality).addresses)
        self.field.setAccessibleName(language.text("Address of a stream or file"))
        self.field.returnPressed.connect(self._add)
        caption = label(language.text("Add a stream or a file by its address"), "strong")
        caption.setBuddy(self.field)
        line = row(spacing=theme.space("tight"))
        line.addWidget(self.field, 1)
        line.addWidget(Button(theme, language.text("Add"), "plain").on(self._add))
        self.choose = Button(theme, language.text("File …"), "plain", "folder").on(self._choose)
        line.addWidget(self.choose)
        by_address = widget_of(column(caption, line, spacing=theme.space("hair")))
        self.fold = FoldButton(theme, language.text("Other sources"), by_address)
        by_address.setFocusProxy(self.field)
        self.setLayout(column(row(again, self.fold, 1, spacing=theme.space("tight")), by_address))

    def _choose(self) -> None:
        chosen = self._ask_for_file()
        if chosen:
            self.field.setText(chosen)
            self._add()

    def _add(self) -> None:
        self.field.selectAll()
        if self.field.text().strip():
            self._added(self.field.text())
