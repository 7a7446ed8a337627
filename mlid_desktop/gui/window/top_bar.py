"""The top bar: which page is shown, which devices and models work, who is at the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from mlid_desktop.gui.page.device_status import Lamp, register_warning, summary
from mlid_desktop.gui.page.keys import HELP_KEY
from mlid_desktop.gui.page.navigation import BELONGS_TO, IN_THE_BAR, PAGES, PageName
from mlid_desktop.gui.page.product import PRODUCT
from mlid_desktop.gui.state.register_following import RegisterFollowing
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, clear, label, row, rule, tag, widget_of
from mlid_desktop.station.text.language import Language

BAR_HEIGHT = 64
SIGN, MARK = 20, 13  # pixels of a device's icon, and of the mark at its corner
SIGN_WIDTH, SIGN_HEIGHT = 29, 26
SHARED_MARK = 16
ICON_WIDTH = 28  # pixels that a page's icon takes in place of its name
NARROW = 1180  # pixels: below, long languages leave no room for more than pages, lamps and the lock


class LampSign(QWidget):
    """The icon of a device, with the mark of its tone at its corner where it has one to tell."""

    def __init__(self, theme: Theme, lamp: Lamp, *, marked: bool) -> None:
        super().__init__()
        self._theme, self._lamp, self._marked = theme, lamp, marked
        self.setFixedSize(SIGN_WIDTH, SIGN_HEIGHT)
        self.setToolTip(lamp.spoken)
        self.setAccessibleName(lamp.spoken)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paints the icon, and the mark on a ground of its own."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (SIGN_HEIGHT - SIGN) / 2
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        icon = QRectF(SIGN_WIDTH - SIGN if mirrored else 0, top, SIGN, SIGN)
        self._theme.drawing(self._lamp.icon, "text").render(painter, icon)
        if self._marked:
            corner = QRectF(0 if mirrored else SIGN_WIDTH - MARK, SIGN_HEIGHT - MARK, MARK, MARK)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("surface"))
            painter.drawEllipse(corner.adjusted(-2, -2, 2, 2))
            self._theme.drawing(self._lamp.tone.icon, self._lamp.tone.value).render(painter, corner)
        painter.end()


class DeviceStrip(QWidget):
    """Shows the live state of devices and models: an icon each, and what all share once, as a mark and in a word; where
    they differ, each that is not ready has a mark, and whatever is gravest is said. The words lead to the devices."""

    def __init__(self, theme: Theme, language: Language, show_devices: Callable[[], None]) -> None:
        super().__init__()
        self._theme, self._language = theme, language
        self._wordings: tuple[str, ...] = ()
        self._is_wrong = False
        self._lamps = row(spacing=theme.space("tight"))
        self._shared = Icon(theme, "info", "information", SHARED_MARK)
        self._held = widget_of(self._lamps)
        self.words = Button(theme, "", "quiet").on(show_devices)
        self.words.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.words.setToolTip(f"{language.text(PAGES[PageName.DEVICES].name)} · {PAGES[PageName.DEVICES].key}")
        self.words.hide()
        self.setLayout(row(self._held, self._shared, self.words))

    @property
    def least_width(self) -> int:
        """The width that the lamps take, with the shortest wording where something is wrong."""
        return self._signs_width + (self._width_of(self._wordings[-1]) if self._is_wrong else 0)

    @property
    def _signs_width(self) -> int:
        return self._held.sizeHint().width() + (0 if self._shared.isHidden() else SHARED_MARK)

    def _width_of(self, wording: str) -> int:
        letters = self.words.fontMetrics()
        around = self.words.sizeHint().width() - letters.horizontalAdvance(self.words.text())
        return letters.horizontalAdvance(wording) + around

    def fit(self, room: int) -> None:
        """Shows the longest wording for which there is room beside the lamps, or the lamps alone; all is always said to
        screen readers and under the mouse."""
        left = room - self._signs_width
        said = next((wording for wording in self._wordings if self._width_of(wording) <= left), "")
        if said and said != self.words.text():
            self.words.relabel(said)
        if self.words.isHidden() is bool(said):
            self.words.setVisible(bool(said))

    def show_lamps(self, lamps: Sequence[Lamp]) -> None:
        """Shows another state of devices and models."""
        clear(self._lamps)
        self._wordings, tone = summary(lamps, self._language)
        shared = len({(lamp.tone, lamp.state) for lamp in lamps}) == 1
        for lamp in lamps:
            self._lamps.addWidget(LampSign(self._theme, lamp, marked=not shared and lamp.tone is not Tone.ACCEPTED))
        self._shared.show_as(tone.icon, tone.value)
        self._shared.setVisible(shared)
        if self._wordings:
            self.words.relabel(self._wordings[0])
            self.words.setAccessibleDescription(" ".join(f"{lamp.spoken}." for lamp in lamps))
        self._is_wrong = tone in (Tone.REJECTED, Tone.INCONCLUSIVE)
        tag(self.words, tone=tone.value if self._is_wrong else Tone.NEUTRAL.value)
        self.words.ensurePolished()
        self.updateGeometry()


class TopBar(QFrame):
    """The bar with navigation at the start, state and operator at the end."""

    def __init__(
        self,
        theme: Theme,
        language: Language,
        go: Callable[[PageName], None],
        lock: Callable[[], None],
        show_help: Callable[[], None],
        languages: QWidget,
    ) -> None:
        super().__init__()
        tag(self, kind="bar")
        self._text = language.text
        self.setFixedHeight(BAR_HEIGHT)
        self._buttons: Mapping[PageName, Button] = {
            page_name: Button(theme, language.text(PAGES[page_name].name), "nav").on_chosen(partial(go, page_name))
            for page_name in IN_THE_BAR
        }
        for page_name, button in self._buttons.items():
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            name = language.text(PAGES[page_name].name)
            button.setAccessibleName(name)
            button.setToolTip(f"{name} · {PAGES[page_name].key}")
        self.strip = DeviceStrip(theme, language, partial(go, PageName.DEVICES))
        self.languages = languages
        self._who = ElidedLabel(kind="muted")
        self._who.setMaximumWidth(180)
        self.lock_button = Button(theme, language.text("Lock"), "quiet", "lock").on(lock)
        self.lock_button.setAccessibleName(language.text("Lock"))
        self.lock_button.setToolTip(f"{language.text('Lock')} · Ctrl+L")
        self.lock_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.help_button = Button(theme, "", "icon", "help").on(show_help)
        self.help_button.setAccessibleName(language.text("Help"))
        self.help_button.setToolTip(f"{language.text('Help')} · {HELP_KEY}")
        self.help_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._mark = QWidget()
        self._mark.setLayout(row(label(PRODUCT, "wordmark"), margins=(0, 0, theme.space("wide"), 0)))
        layout = row(self._mark, margins=(24, 0, 16, 0))
        for page_name, button in self._buttons.items():
            if page_name is PageName.DEVICES:
                divider = rule(upright=True)
                divider.setFixedHeight(24)
                layout.addSpacing(theme.space("tight"))
                layout.addWidget(divider)
                layout.addSpacing(theme.space("tight"))
            layout.addWidget(button)
        layout.addStretch(1)
        layout.addWidget(self.strip)
        layout.addSpacing(theme.space("base"))
        layout.addWidget(self._who)
        layout.addWidget(self.help_button)
        layout.addWidget(self.languages)
        layout.addWidget(self.lock_button)
        self.setLayout(layout)

    def event(self, event: QEvent) -> bool:
        """Fits the bar when its width or the lamps change."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Fits the bar to its width: where it is narrow, the product's name, the operator's and the word on the lock
        give way; then the words beside the lamps, which stay for screen readers and under the mouse; where it is
        narrower still, as in long languages, devices and administration are shown by their icons."""
        strip, layout = self.strip, self.layout()
        if layout is None:
            return
        self._give_way(narrow=self.width() < NARROW)
        last = {page_name: self._buttons[page_name] for page_name in (PageName.DEVICES, PageName.ADMINISTRATION)}
        others = layout.sizeHint().width() - strip.sizeHint().width()
        others += sum(_name_width(button) - ICON_WIDTH for button in last.values() if not button.text())
        short = others + strip.least_width > self.width()
        for page_name, button in last.items():
            if bool(button.text()) is short:
                button.relabel("" if short else button.accessibleName(), PAGES[page_name].icon if short else "")
                button.setIcon(button.icon() if short else QIcon())
        others -= sum(_name_width(button) - ICON_WIDTH for button in last.values() if short)
        strip.fit(self.width() - others)

    def _give_way(self, *, narrow: bool) -> None:
        for part in (self._mark, self._who):
            if part.isHidden() is not narrow:
                part.setHidden(narrow)
        words = "" if narrow else self.lock_button.accessibleName()
        if self.lock_button.text() != words:
            self.lock_button.relabel(words)

    def show_operator(self, name: str, role: str) -> None:
        """Shows who is at the desk."""
        self._who.show_text(name)
        self._who.setToolTip(f"{name} · {role}")

    def show_page(self, page_name: PageName) -> None:
        """Marks the page that is shown, or the one that a page without a button here belongs to; a screen reader is
        told which of the two."""
        marked = BELONGS_TO.get(page_name, page_name)
        for name, button in self._buttons.items():
            button.mark_chosen(chosen=name is marked)
            within = name is marked and marked is not page_name
            button.setAccessibleDescription(self._text(PAGES[page_name].name) if within else "")


def _name_width(button: Button) -> int:
    return button.fontMetrics().horizontalAdvance(button.accessibleName())


class DemoBanner(QFrame):
    """A banner that says quietly, all the time, that nothing here is real; and what of it is less than in a vault for
    people: small models that compare, or none that looks for attacks."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        theme, text, session = workspace.theme, workspace.language.text, workspace.unlocked.session
        tag(self, kind="demo")
        words = [text("Demo, not for real people: simulated sources count here.")]
        if session.builtin:
            words.append(text("Small built-in models compare the faces."))
        elif not session.looks_for_attacks:
            words.append(text("Nothing looks for pictures and masks."))
        layout = row(Icon(theme, "info", "information", 16), spacing=8, margins=(24, 4, 24, 4))
        layout.addWidget(label(" ".join(words), "muted", wrap=True), 1)
        self.setLayout(layout)


class RegisterBar(QFrame):
    """A bar that says that this desk is not in step with its register, and since when; hidden where it is in step, or
    in none."""

    def __init__(self, theme: Theme, language: Language, following: RegisterFollowing) -> None:
        super().__init__()
        self._language, self._following = language, following
        tag(self, kind="notice", tone="inconclusive")
        self.text = label("", "body", wrap=True)
        layout = row(Icon(theme, "triangle", "inconclusive", 20), spacing=12, margins=(24, 8, 24, 8))
        layout.addWidget(self.text, 1)
        self.setLayout(layout)
        following.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows how it stands now."""
        state = self._following.state
        said = "" if state is None else register_warning(state, self._language)
        if said and said != self.text.text():
            announce(self, said)
        self.text.setText(said)
        self.setAccessibleName(said)
        self.setVisible(bool(said))
