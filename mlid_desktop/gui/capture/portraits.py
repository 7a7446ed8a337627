"""A captured face beside the portrait that is kept of a person, both cut alike and at one scale, to be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.preview import as_image
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.elements import column, label, row
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace

SMALL, MIDDLE, LARGE = 36, 132, 204  # widths in pixels; three to four
CORNER = 6


class PortraitPicture(QWidget):
    """A picture of three to four with round corners; another shape is shown whole, an icon stands for none."""

    def __init__(self, theme: Theme, name: str, width: int, image: Image | None = None) -> None:
        super().__init__()
        self._theme, self._name, self._pixels = theme, name, image
        self.resize_to(width)
        self.show_picture(image)

    @property
    def is_empty(self) -> bool:
        """Whether an icon stands for a picture."""
        return self._pixels is None

    def show_picture(self, image: Image | None) -> None:
        """Shows another picture, or the icon."""
        self._pixels = image
        self.setAccessibleName(self._name)
        self.update()

    def resize_to(self, width: int) -> None:
        """Shows it at another width in pixels."""
        self.setFixedSize(width, width * 4 // 3)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the picture, or the icon that stands for none."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        path, whole = QPainterPath(), QRectF(self.rect())
        path.addRoundedRect(whole, CORNER, CORNER)
        painter.setClipPath(path)
        ground = self._theme.colour("sunken")
        if self._pixels is not None and self._pixels.ndim == 2:  # a finger's, as its reader gives it
            ground = as_image(self._pixels).pixelColor(0, 0)
        painter.fillRect(self.rect(), ground)
        if self._pixels is None:
            side = self.width() * 0.4
            square = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
            self._theme.drawing("person", "muted").render(painter, square)
        else:
            height, width = self._pixels.shape[:2]
            scale = min(whole.width() / width, whole.height() / height)
            shown = QRectF(0.0, 0.0, width * scale, height * scale)
            shown.moveCenter(whole.center())
            painter.drawImage(shown, as_image(self._pixels))
        painter.end()


class ComparedPictures(QWidget):
    """Two pictures side by side at one scale, what was captured now and what is kept, with a sentence below where there
    is nothing to compare with."""

    def __init__(self, theme: Theme, language: Language, width: int = LARGE) -> None:
        super().__init__()
        self._language, self._between = language, theme.space("base")
        text = language.text
        self.captured = PortraitPicture(theme, text("Captured now"), width)
        self.kept = PortraitPicture(theme, text("Portrait kept"), width)
        self._whose = label("", "strong", wrap=True)
        self._instead = label("", "muted", wrap=True)
        self.resize_pictures(width)
        sides = [
            column(label(caption, "strong"), picture, spacing=theme.space("hair"))
            for caption, picture in ((text("Captured now"), self.captured), (text("Portrait kept"), self.kept))
        ]
        self._kept_side = QWidget()
        self._kept_side.setLayout(sides[1])
        pair = row(spacing=theme.space("base"))
        pair.addLayout(sides[0])
        pair.addWidget(self._kept_side)
        pair.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(pair, self._whose, self._instead, 1, spacing=theme.space("tight")))

    def resize_pictures(self, width: int) -> None:
        """Shows both at another width in pixels."""
        for picture in (self.captured, self.kept):
            picture.resize_to(width)
        for words in (self._whose, self._instead):
            words.setMaximumWidth(2 * width + self._between)

    def show_captured(self, image: Image | None) -> None:
        """Shows what was captured now, with nothing beside it yet."""
        self.captured.show_picture(image)
        self.show_kept(None, "", "")

    def show_kept(self, image: Image | None, whose: str, instead: str) -> None:
        """Shows the portrait that is kept of a person, or says what to compare with ``instead``."""
        self.kept.show_picture(image)
        self._kept_side.setVisible(image is not None)
        self._whose.setText(whose if image is not None else "")
        self._instead.setText("" if image is not None else instead)
        for words in (self._whose, self._instead):
            words.setVisible(bool(words.text()))


def fetch_portraits(
    workspace: Workspace,
    subject_ids: Iterable[str],
    view: PortraitView,
    shown: Callable[[dict[str, Image]], None],
) -> None:
    """Hands the portraits of these people to ``shown``, each noted as a view; none where this desk keeps none or the
    operator may not see them."""
    portraits, wanted = workspace.unlocked.session.portraits, tuple(subject_ids)
    if portraits.offered and wanted:
        workspace.on_vault(lambda: portraits.show(wanted, view), shown)
    else:
        shown({})


def compare_instead(workspace: Workspace, *, decided: bool = False) -> str:
    """What to compare a person with where there is no portrait to see; in doubt only, where it is ``decided``."""
    text = workspace.language.text
    if decided:
        return text("In doubt, compare with a passport, identity card or residence permit.")
    if workspace.unlocked.session.portraits.offered:
        return text("No portrait of this person is kept. Compare with a passport, identity card or residence permit.")
    return text("No portraits are shown at this desk. Compare with a passport, identity card or residence permit.")
