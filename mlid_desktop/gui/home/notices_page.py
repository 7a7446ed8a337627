"""What everybody who opens the vault has to know, shown at each unlock until the person has said to have read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QScrollArea, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import Notice, column, frame, label, row
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.station.administration.vault_administration import StaffNotice
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.notices import NOTICE_ADVICE, notice_parts

SIZE = (640, 520)


class NoticesPage(QDialog):
    """Stands in front of the first page. ``seen`` is called once the person said to have read them; leaving by Esc
    shows them again at the next unlock."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        language: Language,
        notices: Sequence[StaffNotice],
        seen: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        text = language.text
        title = text("What you should know")
        self.setWindowTitle(title)
        resize_within(self, *SIZE)
        self._seen = seen
        cards = column(spacing=theme.space("snug"))
        for notice in notices:
            when, what = (language.place_at_start(part) for part in notice_parts(notice, language))
            card = frame("card")
            card.setLayout(
                column(label(what, "strong", wrap=True), label(when, "muted"), spacing=4, margins=(16, 12, 16, 12))
            )
            cards.addWidget(card)
        cards.addStretch(1)
        inside = QWidget()
        inside.setLayout(cards)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        advice = Notice(theme)
        advice.say(text(NOTICE_ADVICE), Tone.INCONCLUSIVE)
        self.later = Button(theme, text("Show it again"), "footer").on(self.reject)
        self.read = Button(theme, text("I have read this"), "primary").on(self._read)
        MoreBelow(theme, scroll)
        layout = dialog_column(theme, title)
        layout.addWidget(scroll, 1)
        layout.addWidget(advice)
        layout.addLayout(row(1, self.later, self.read, spacing=theme.space("snug")))
        self.setLayout(layout)
        self.read.setFocus()

    def _read(self) -> None:
        self._seen()
        self.accept()
