"""Widgets that show the state of a capture: the hint, the quality bars, the attempts, why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QWidget

from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.capture.presenter import AttemptChip, QualityBar
from mlid_desktop.gui.capture.preview import as_image
from mlid_desktop.gui.page.fault_presenter import FaultScreen
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, clear, column, label, row, tag
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.text.language import Language

BAR_HEIGHT = 8
ROW_HEIGHT = 30
NAME_SHARE = 0.44
FIGURE_WIDTH = 34
LEAST_PLACE, PICTURE, STAR, GAP = 64, 56, 20, 6  # px: width of an empty place; sides of picture and star; after each
SHARP = 2  # pixels of a picture to one of its place: at 200 % too


class HintBanner(QFrame):
    """Shows what to do now, one verb, and why. Screen readers hear it through the accessible name."""

    def __init__(self, theme: Theme, lines: int = 2) -> None:
        super().__init__()
        self._icon = Icon(theme, "info", "information", 32)
        self._prompt = label(kind="title", wrap=True)
        self._why = label(kind="lead-muted", wrap=True)
        for part in (self._prompt, self._why):
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            part.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        self._why.setMinimumHeight(24 * lines)  # so that nothing below moves when the reason gets shorter
        layout = row(spacing=12)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(column(self._prompt, self._why, spacing=4), 1)
        self.setLayout(layout)

    def say(self, prompt: str, why: str, tone: Tone) -> None:
        """Shows another prompt."""
        if prompt == self._prompt.text() and why == self._why.text():
            return
        self._prompt.setText(prompt)
        self._why.setText(why)
        self._icon.show_as(tone.icon, "accent" if tone is Tone.ACCENT else tone.value)
        self.setAccessibleName(prompt)
        self.setAccessibleDescription(why)
        announce(self, f"{prompt}. {why}" if why else prompt)

    @property
    def prompt(self) -> str:
        """The prompt that is shown."""
        return self._prompt.text()


class QualityBars(QWidget):
    """Shows quality components as named bars, each in its place, with a notch where it has to reach. A bar below its
    gate has a mark beside the figure, not a colour alone."""

    def __init__(self, theme: Theme, most: int = 6) -> None:
        super().__init__()
        self._theme = theme
        self._most = most
        self._bars: tuple[QualityBar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size with room for every bar, so that nothing moves when one comes or goes."""
        return QSize(280, ROW_HEIGHT * self._most)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size of the bars that are shown, for a low window."""
        return QSize(280, ROW_HEIGHT * len(self._bars))

    def show_bars(self, bars: Sequence[QualityBar]) -> None:
        """Shows the first of these bars, each in its place."""
        shown = tuple(sorted(bars[: self._most], key=lambda bar: bar.order))
        if shown != self._bars:
            self._bars = shown
            self.setAccessibleName(", ".join(f"{bar.name} {bar.figure}" for bar in shown))
            self.updateGeometry()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints a name, a bar and a figure for each component."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self.layoutDirection())
        for index, bar in enumerate(self._bars):
            self._paint_bar(painter, index * ROW_HEIGHT, bar)
        painter.end()

    def _paint_bar(self, painter: QPainter, top: int, bar: QualityBar) -> None:
        theme, width = self._theme, self.width()
        name_width = width * NAME_SHARE
        middle = top + ROW_HEIGHT / 2
        names = self._mirrored(QRectF(0, top, name_width - 8, ROW_HEIGHT))
        track = self._mirrored(
            QRectF(name_width, middle - BAR_HEIGHT / 2, width - name_width - FIGURE_WIDTH - 24, BAR_HEIGHT)
        )
        figure = self._mirrored(QRectF(width - FIGURE_WIDTH - 20, top, FIGURE_WIDTH, ROW_HEIGHT))
        mark = self._mirrored(QRectF(width - 16, middle - 8, 16, 16))
        colour = Tone.INCONCLUSIVE if not bar.passed else Tone.ACCEPTED
        painter.setFont(theme.font("body", strong=not bar.passed))
        if painter.fontMetrics().horizontalAdvance(bar.name) > names.width():
            painter.setFont(theme.font("small", strong=not bar.passed))
        painter.setPen(theme.colour("text"))
        elided = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, int(names.width()))
        side = Qt.AlignmentFlag.AlignRight if self._is_mirrored else Qt.AlignmentFlag.AlignLeft
        absolute = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute  # the box is mirrored already
        painter.drawText(names, int(side | absolute), elided)
        painter.setPen(theme.colour("text"))
        painter.drawText(figure, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), bar.figure)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(track, BAR_HEIGHT / 2, BAR_HEIGHT / 2)
        length = track.width() * max(0, bar.value) / 100
        if length > 0:
            left = track.right() - length if self._is_mirrored else track.left()
            painter.setBrush(theme.colour(colour.value))
            painter.drawRoundedRect(QRectF(left, track.top(), max(length, BAR_HEIGHT), BAR_HEIGHT), 4, 4)
        if 0 < bar.gate < 100:
            across = track.width() * bar.gate / 100
            notch = track.right() - across if self._is_mirrored else track.left() + across
            painter.setBrush(theme.colour("text"))
            painter.drawRect(QRectF(notch - 1, track.top() - 4, 2, BAR_HEIGHT + 8))
        if not bar.passed:
            theme.drawing("triangle", colour.value).render(painter, mark)

    @property
    def _is_mirrored(self) -> bool:
        return self.layoutDirection() is Qt.LayoutDirection.RightToLeft

    def _mirrored(self, box: QRectF) -> QRectF:
        if self._is_mirrored:
            box.moveLeft(self.width() - box.right())
        return box


class CaptureFault(EmptyState):
    """What stands in the place of a capture that cannot begin or go on: one cause, the acts that help, and the code of
    the fault for whoever asks for details."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.theme, "camera", "", "")
        self._workspace = workspace

    def show_fault(
        self, screen: FaultScreen, note: str, again: Callable[[], None], simulated: Callable[[], None], later: str = ""
    ) -> None:
        """Shows a fault; ``note`` says what to do where nothing here helps, ``again`` tries once more, ``simulated``
        takes the source of a demo, ``later`` is what it means to go on without."""
        workspace, text = self._workspace, self._workspace.language.text
        installs = screen.offers_models and may(workspace.unlocked.operator, Act.GOVERN)
        is_said = installs or (note and not screen.code)  # by the button; where nothing is connected, by the note
        said = "\n".join(filter(None, ("" if is_said else screen.text, note, later)))
        self.say(screen.icon, screen.title, said, screen.code)
        offers = (
            (screen.offers_retry, text("Try again"), "plain", "retry", again),
            (installs, text("Install the models …"), "plain", "settings", workspace.models_wanted.emit),
            (screen.offers_simulated, text("Use the simulated one"), "plain", "devices", simulated),
            (bool(screen.code), text("Show the fault code"), "plain", "", self._tell_code),
        )
        clear(self.offers)
        for offered, words, kind, icon, act in offers:
            if offered:
                self.offers.addWidget(Button(workspace.theme, words, kind, icon).on(act))

    def _tell_code(self) -> None:
        self.code.setVisible(self.code.isHidden())


class AttemptStrip(QWidget):
    """Shows every attempt of a capture as a chip; the best has a star. Choosing one shows its picture. Where
    places are ``side`` px high, an empty one stands for each attempt to come; on large ones the picture is seen
    already. Those that ``are_rounds`` are counted as such."""

    def __init__(self, theme: Theme, language: Language, chosen: Callable[[int], None]) -> None:
        super().__init__()
        self._theme, self._language, self._chosen = theme, language, chosen
        self.side, self.are_rounds = 0, False
        self.caption = language.text("Attempts, quality of 100")
        self._chips: tuple[AttemptChip, ...] = ()
        self._wanted = -1  # nothing was shown yet
        self._head = label("", "muted")
        self._head.hide()
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._layout = WrappingRow(theme.space("tight"))
        self.setLayout(column(self._head, self._layout, spacing=theme.space("tight")))
        self.setMinimumHeight(theme.space("control"))

    def show_chips(self, chips: Sequence[AttemptChip], wanted: int = 0) -> None:
        """Shows one chip for each attempt, of which so many are ``wanted``."""
        if (tuple(chips), wanted) == (self._chips, self._wanted):
            return
        self._chips, self._wanted = tuple(chips), wanted
        for button in self._group.buttons():
            self._group.removeButton(button)
        clear(self._layout)
        to_come = range(len(chips), wanted) if self.side else range(0)
        caption = self.caption if chips or to_come else self._language.text("No attempt yet")
        if self.side and wanted and len(chips) <= wanted:
            text, done = self._language.text, self._language.number(len(chips))
            caption = text("{done} of {wanted} captured", done=done, wanted=wanted)
            if self.are_rounds:
                caption = text("{done} of {wanted} rounds captured", done=done, wanted=wanted)
            if chips:
                caption = text("{captured}. Quality, out of 100:", captured=caption)
        self._head.setText(caption)
        self._head.setVisible(bool(self.side))
        if not self.side:
            self._layout.addWidget(label(caption, "muted"))
        for index, chip in enumerate(chips):
            pictured = self.side >= PICTURE and chip.picture is not None
            button = Button(self._theme, chip.text, "chip", "star" if chip.best and not pictured else "")
            if pictured:
                picture = self._framed(chip)
                button.setIcon(QIcon(picture))
                button.setIconSize(picture.deviceIndependentSize().toSize())
                button.setFixedHeight(self.side)
                tag(button, pictured="true")
            button.setAccessibleName(chip.spoken)
            button.setToolTip(chip.spoken)
            button.clicked.connect(lambda *_, index=index: self._chosen(index))
            self._group.addButton(button)
            self._layout.addWidget(button)
        for index in to_come:
            empty_place = label(str(index + 1), "place")
            empty_place.setAlignment(Qt.AlignmentFlag.AlignCenter)
            empty_place.setFixedSize(max(self.side, LEAST_PLACE), self.side)
            self._layout.addWidget(empty_place)

    def _framed(self, chip: AttemptChip) -> QPixmap:
        """The picture of an attempt, and the star of the best beside it, before the words in the way of reading."""
        width = PICTURE + GAP + (STAR + GAP if chip.best else 0)
        framed = QPixmap(SHARP * width, SHARP * PICTURE)
        framed.setDevicePixelRatio(SHARP)
        framed.fill(Qt.GlobalColor.transparent)
        picture = QRectF(0, 0, PICTURE, PICTURE)
        star = QRectF(PICTURE + GAP, (PICTURE - STAR) / 2, STAR, STAR)
        if self._language.right_to_left:
            picture.moveRight(width)
            star.moveRight(width - PICTURE - GAP)
        painter = QPainter(framed)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if chip.picture is not None:
            size = QSize(SHARP * PICTURE, SHARP * PICTURE)
            painter.drawImage(
                picture, as_image(chip.picture).scaled(size, mode=Qt.TransformationMode.SmoothTransformation)
            )
        if chip.best:
            self._theme.drawing("star", "text").render(painter, star)
        painter.end()
        return framed

    def set_reviewable(self, *, reviewable: bool) -> None:
        """Sets whether an attempt can be looked at: not while a capture goes on."""
        for button in self._group.buttons():
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if reviewable else Qt.FocusPolicy.NoFocus)
            button.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not reviewable)
            button.setCheckable(reviewable)

    @property
    def chosen(self) -> int | None:
        """The index of the attempt that was chosen last; None where none was."""
        checked = [index for index, button in enumerate(self._group.buttons()) if button.isChecked()]
        return checked[0] if checked else None

    def choose(self, index: int) -> None:
        """Marks an attempt as chosen without telling anyone."""
        buttons = self._group.buttons()
        if 0 <= index < len(buttons):
            buttons[index].setChecked(True)
