"""The question of whom to admit: name and address, and a box for everything that it may ask and is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from mlid_desktop.gui.administration.callers.presenter import FIELDS, KINDS, purpose_text
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Check
from mlid_desktop.gui.widgets.dialogs import Question, resize_within
from mlid_desktop.gui.widgets.elements import column, label
from mlid_desktop.gui.widgets.fitting_area import FittingArea, MoreBelow
from mlid_desktop.site_fields.schema import SiteField
from mlid_desktop.station.external_requests.service import MAXIMUM_NAME, RequestKind, Wanted, is_origin
from mlid_desktop.station.text.language import Language, capitalised

EXAMPLE = "https://clinic.example"
COLUMNS = 2  # of boxes
ROOM = 96  # pixels of boxes that are seen at once, where there is no more room

Granted = TypeVar("Granted")


class AdmissionQuestion(Question):
    """Asks which program is admitted, for what, and what it is told of a person. Whatever is more than a check for the
    usual purpose is off until it is ticked. What cannot be admitted is said, and nothing that was typed is lost."""

    def __init__(
        self, parent: QWidget, theme: Theme, language: Language, purposes: Sequence[str], offered: Sequence[SiteField]
    ) -> None:
        text = self._text = language.text
        why = text(
            "You get a code here: type it in the other program within five minutes. A second person confirms it."
        )
        super().__init__(parent, theme, text("Admit another program"), why, text("Cancel"), text("Admit …"))
        self._before = parent
        self.name = self.add_field(text("Name, as the desk shows it"))
        self.name.setMaxLength(MAXIMUM_NAME)
        self.origin = self.add_field(text("Address, where it is a web page"))
        self.origin.setPlaceholderText(EXAMPLE)
        self._boxes = column(spacing=theme.space("hair"), margins=(0, 4, 12, 4))
        kinds = [(kind, text(words), kind is RequestKind.VERIFY) for kind, words in KINDS.items()]
        self.kinds = self._add_boxes(text("It may ask for"), kinds)
        named = [(purpose, purpose_text(purpose, language), True) for purpose in purposes]
        self.purposes = self._add_boxes(text("For the purpose of"), named)
        of_person = [(which, text(words), False) for which, words in FIELDS.items()]
        self.told = self._add_boxes(text("Besides the outcome it receives"), of_person)
        own = [(known.name, known.label(language.code), False) for known in offered]
        self.own = self._add_boxes(text("Of the site's own fields it receives"), own)
        inside = QWidget()
        inside.setLayout(self._boxes)
        area = FittingArea(inside)
        MoreBelow(theme, area)
        area.setMinimumHeight(ROOM)
        self.fields.addWidget(area, 1)
        look = self.wait_for(language, self.name, besides=self._lacking)
        self.origin.textChanged.connect(look)
        for box in (*self.kinds.values(), *self.purposes.values()):
            box.toggled.connect(look)

    @property
    def wanted(self) -> Wanted:
        """What two people are to admit, as it was chosen."""
        return Wanted(
            self.name.text().strip(),
            frozenset(_ticked(self.kinds)),
            tuple(_ticked(self.purposes)),
            frozenset(_ticked(self.told)),
            self.origin.text().strip().lower().rstrip("/"),
            site_fields=tuple(_ticked(self.own)),
        )

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Shows every box where the window leaves room for them; else they are scrolled to."""
        super().showEvent(event)
        resize_within(self, self.width(), self.height())
        window = self._before.window()
        middle = window.geometry().center() - self.rect().center()
        self.move(middle.x(), max(middle.y(), window.y()))

    def _lacking(self) -> str:
        """What has to be put right before anything can be admitted; empty where nothing has."""
        wanted, text = self.wanted, self._text
        if wanted.origin and not is_origin(wanted.origin):
            return text("The address of a web page begins with https:// and ends with its name or port.")
        if not wanted.kinds:
            return text("Tick what it may ask for.")
        return "" if wanted.purposes else text("Tick a purpose.")

    def _add_boxes(self, caption: str, options: Iterable[tuple[Granted, str, bool]]) -> dict[Granted, Check]:
        boxes: dict[Granted, Check] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.space("base"))
        grid.setVerticalSpacing(self._theme.space("hair"))
        for at in range(COLUMNS):
            grid.setColumnStretch(at, 1)
        for granted, words, is_ticked in options:
            if not boxes:
                if self._boxes.count():
                    self._boxes.addSpacing(self._theme.space("tight"))
                self._boxes.addWidget(label(caption, "strong", wrap=True))
                self._boxes.addLayout(grid)
            boxes[granted] = box = Check(self._theme, capitalised(words))
            box.setChecked(is_ticked)
            box.setAccessibleDescription(caption)
            grid.addWidget(box, (len(boxes) - 1) // COLUMNS, (len(boxes) - 1) % COLUMNS)
        return boxes


def _ticked(boxes: dict[Granted, Check]) -> list[Granted]:
    return [granted for granted, box in boxes.items() if box.isChecked()]
