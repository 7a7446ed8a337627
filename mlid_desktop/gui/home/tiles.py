"""The cards of the home page that lead to what one does here: large ones for people, smaller ones for the rest."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from mlid_desktop.gui.page.navigation import PAGES, PageName
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, column, label, row, tag
from mlid_desktop.station.text.language import Language

LARGE, SMALL = 232, 104  # pixels: the greatest heights of cards with what they explain
PLAIN_LARGE, PLAIN_SMALL = 92, 60  # and of those without
LEAST_LARGE, LEAST_SMALL = 60, 52
SHARE = 3, 2  # of the room for both rows, where neither can explain itself
LINES = 2  # of what is said under a name
GROUND, SMALL_ICON = 52, 24
ICON_SHARE = 0.6  # of the ground that an icon stands on
CORNER = 12


class IconGround(QWidget):
    """An icon on a tinted ground: what a card is for is told from afar."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme, self._name = theme, name
        self.fit(GROUND)
        theme.changed.connect(self.update)

    def fit(self, room: int) -> None:
        """Takes no more than so much of the height."""
        side = min(GROUND, room)
        self.setFixedSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the ground, and the icon in its middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent_tint"))
        painter.drawRoundedRect(QRectF(self.rect()), CORNER, CORNER)
        inset = self.width() * (1 - ICON_SHARE) / 2
        icon = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        self._theme.drawing(self._name, "accent").render(painter, icon)
        painter.end()


class ActionTile(Button):
    """One of the actions of the home page: ``large`` where people are waited on by it all day."""

    def __init__(self, theme: Theme, language: Language, page_name: PageName, *, large: bool) -> None:
        self._height = 0  # until it is fitted to its page
        super().__init__(theme, "", "tile")
        words = PAGES[page_name]
        name, purpose = language.text(words.name), language.text(words.purpose)
        self.setAccessibleName(f"{name}, {words.key}")
        self.setAccessibleDescription(purpose)
        self.setFixedHeight(LARGE if large else SMALL)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._explained = explained = label(purpose, "muted", wrap=True)
        explained.ensurePolished()
        explained.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        self._key = label(words.key, "muted")
        self._wide, snug = theme.space("wide"), theme.space("snug")
        self._edge = snug if large else theme.space("tight")
        self._ground = IconGround(theme, words.icon) if large else None
        sign = self._ground or Icon(theme, words.icon, "accent", SMALL_ICON)
        self._gap = snug if large else theme.space("hair")
        self._around = 2 * self._edge + (GROUND if large else SMALL_ICON + 2) + self._gap
        self._title = title = label(name, "title" if large else "head")
        title.ensurePolished()
        self._key.ensurePolished()
        beside = theme.space("base") if large else snug
        self.bare_width = sign.width() + beside + title.sizeHint().width() + 2 * self._wide  # of a tile without its key
        self.least_width = self.bare_width + 2 * beside + self._key.sizeHint().width()  # and with it
        head = row(sign, title, 1, self._key, spacing=beside)
        self.setToolTip(f"{purpose} {words.key}" if not large else words.key)
        margins = (self._wide, self._edge, self._wide, self._edge)
        self.setLayout(column(1, head, explained, 1, spacing=self._gap, margins=margins))
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def least_height(self, width: int) -> int:
        """The height that a tile of this width takes with its explanation."""
        explained = self._explained
        lines = max(LINES * explained.fontMetrics().lineSpacing(), explained.heightForWidth(width - 2 * self._wide))
        return self._around + lines

    def fit(self, height: int, least: int, *, keyed: bool, grand: bool) -> None:
        """Gives the tile a height, with its explanation where ``least`` says what a tile with one takes, else without:
        names of a row stand in one line. Where it is ``keyed`` its key stands beside the name, which a large one has in
        large letters where that is ``grand``."""
        if self._ground is not None:
            tag(self._title, kind="title" if grand else "head")
        self._key.setVisible(keyed)
        self._explained.setVisible(bool(least))
        self._explained.setMinimumHeight(max(0, least - self._around))
        if self._ground is not None:
            self._ground.fit(height - 2 * self._edge)
        self._height = height
        self.setFixedHeight(height)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps the height when the look changes, which sets the least height of every button."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange and self._height:
            self.setFixedHeight(self._height)


class TileRow:
    """A row of cards of one size."""

    def __init__(self, tiles: list[ActionTile], *, large: bool, spacing: int) -> None:
        self.tiles, self._large = tiles, large
        self.layout = row(spacing=spacing)
        for tile in tiles:
            self.layout.addWidget(tile, 1)

    @property
    def height(self) -> int:
        """How high it is now."""
        return max((tile.minimumHeight() for tile in self.tiles), default=0)

    def explained_height(self, room: int) -> int:
        """How high it is at least with what its cards explain, in a page with so much room across."""
        return max((tile.least_height(self._width(room)) for tile in self.tiles), default=0)

    @property
    def plain_height(self) -> int:
        """How high it is at least without."""
        return (LEAST_LARGE if self._large else LEAST_SMALL) if self.tiles else 0

    @property
    def most_height(self) -> int:
        """How high it is at most with what its cards explain."""
        return LARGE if self._large else SMALL

    @property
    def most_plain_height(self) -> int:
        """How high it is at most without."""
        return PLAIN_LARGE if self._large else PLAIN_SMALL

    def fit(self, height: int, room: int, *, explained: bool) -> None:
        """Gives all cards a height."""
        width = self._width(room)
        keyed = all(tile.least_width <= width for tile in self.tiles)
        grand = all(tile.bare_width <= width for tile in self.tiles)
        least = self.explained_height(room) if explained else 0
        for tile in self.tiles:
            tile.fit(height, least, keyed=keyed, grand=grand)

    def _width(self, room: int) -> int:
        between = self.layout.spacing() * max(0, len(self.tiles) - 1)
        return (room - between) // max(1, len(self.tiles))


def share_height(main: TileRow, further: TileRow, height: int, room: int) -> None:
    """Gives two rows of cards the height that they have together: those below give way first, what they explain before
    their padding, and then the large ones."""
    explained = main.explained_height(room) + further.plain_height <= height
    both = main.explained_height(room) + further.explained_height(room) <= height
    least = main.explained_height(room) if explained else main.plain_height
    most = main.most_height if explained else main.most_plain_height
    below = further.explained_height(room) if both else further.plain_height
    most_below = further.most_height if both else further.most_plain_height
    first = max(least, min(most, height - below))
    if not both:  # the large ones do not take all
        first = max(least, min(first, height * SHARE[0] // sum(SHARE)))
    main.fit(first, room, explained=explained)
    further.fit(max(below, min(most_below, height - first)), room, explained=both)
