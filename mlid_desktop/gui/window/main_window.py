"""The main window: top bar, notice, the pages, and how one gets from one to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication, QSize, QTimer
from PySide6.QtWidgets import QLabel, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from mlid_desktop.gui.page.keys import LOCK_KEY
from mlid_desktop.gui.page.product import PRODUCT, TITLE
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.theme.style import Theme

if TYPE_CHECKING:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QCloseEvent, QKeyEvent

    from mlid_desktop.gui.page.navigation import PageName
    from mlid_desktop.gui.window.outline import Outline

SMALLEST = QSize(960, 540)  # 1920x1080 at 200 %
COMFORTABLE = QSize(1280, 720)
MOST_EARLY_KEYS = 200
TITLE_BAR = 48  # height in pixels of what a window manager puts above a window, at the most


Go = Callable[["PageName"], None]


class Controller(Protocol):
    """Fills the main window once the station is assembled; the window itself needs none of it to appear."""

    @property
    def right_to_left(self) -> bool:
        """Whether the window is mirrored."""
        ...

    @property
    def home(self) -> PageName:
        """The page where an unlocked vault begins."""
        ...

    @property
    def shortcuts(self) -> Mapping[str, PageName]:
        """Keys that lead to a page."""
        ...

    @property
    def help_keys(self) -> Mapping[str, Callable[[], None]]:
        """Keys that show help."""
        ...

    def unlock_page(self, folder: Path, *, creating: bool, demo: bool) -> View:
        """The page that creates or unlocks a vault."""
        ...

    def top(self, go: Go, lock: Callable[[], None]) -> Sequence[QWidget]:
        """The widgets above the pages: the bar, and the banner of a demo vault."""
        ...

    def pages(self, go: Go) -> Mapping[PageName, Callable[[], View]]:
        """Makers of the pages of an unlocked vault, each called when its page is first gone to."""
        ...

    def mark(self, page_name: PageName) -> None:
        """Marks in the bar the page that is shown."""
        ...

    def lock(self) -> None:
        """Locks the vault."""
        ...

    def shut_down(self) -> None:
        """Locks the vault and ends the threads."""
        ...


class MainWindow(QMainWindow):
    """The window's frame and navigation only: pages are made when a vault opens and dropped when it locks."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setMinimumSize(SMALLEST)
        self.resize(COMFORTABLE)
        self._theme = theme
        self._attached: Controller | None = None
        self._makers: Mapping[PageName, Callable[[], View]] = {}
        self._pages: dict[PageName, View] = {}
        self._folder = Path()
        self._asked: Mapping[str, bool] = {}
        self._stack = QStackedWidget()
        self._outline: Outline | None = None
        self._early: list[QKeyEvent] = []  # typed before there was anything to type into
        self._before: Qt.WindowState | None = None  # the window's state before a page filled the screen
        central = QWidget()
        self._layout = QVBoxLayout(central)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._stack, 1)
        self.setCentralWidget(central)
        self._stack.addWidget(starting_page())

    @property
    def current(self) -> QWidget | None:
        """The page that is shown."""
        return self._stack.currentWidget()

    @property
    def pages(self) -> Mapping[PageName, View]:
        """The pages of the unlocked vault that were made so far; none while it is locked."""
        return self._pages

    def page(self, page_name: PageName) -> View:
        """A page of the unlocked vault, made when it is first gone to."""
        if page_name not in self._pages:
            self._pages[page_name] = self._makers[page_name]()
            self._stack.addWidget(self._pages[page_name])
        return self._pages[page_name]

    def show_fitting(self) -> None:
        """Shows the window at its comfortable size, or filling a screen that is too small for that."""
        available, title_bar = self.screen().availableSize(), QSize(0, TITLE_BAR)
        fitting = COMFORTABLE.boundedTo(available - title_bar)
        self.resize(fitting)
        if fitting == COMFORTABLE:
            self.show()
        else:
            self.showMaximized()

    def use_controller(self, controller: Controller) -> None:
        """Takes the controller, once the station is assembled."""
        from mlid_desktop.gui.window.outline import Outline  # noqa: PLC0415 - late: after the window is on screen

        self._attached = controller
        self._outline = Outline(self, self._layout, self._theme, right_to_left=controller.right_to_left)

    def use_folder(self, folder: Path) -> None:
        """Sets the folder of the vault that is asked for again after it was locked."""
        self._folder = folder

    def ask_for_vault(self, *, creating: bool = False, demo: bool = False) -> None:
        """Shows the page that creates or unlocks the vault."""
        self._asked = {"creating": creating, "demo": demo}
        page = self._controller.unlock_page(self._folder, creating=creating, demo=demo)
        self._replace_pages([page])
        page.enter()
        self._type_early_keys()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps what is typed while the station is assembled for the first field that there is."""
        if self._attached is None and event.text() and len(self._early) < MOST_EARLY_KEYS:
            self._early.append(event.clone())
        else:
            super().keyPressEvent(event)

    def _type_early_keys(self) -> None:
        early, self._early = self._early, []
        field = self.focusWidget()
        for event in early:
            QCoreApplication.sendEvent(field, event)

    def go(self, page_name: PageName) -> None:
        """Shows a page, or begins the same one anew; the one before it stops what it was doing, and may ask to stay."""
        if page_name not in self._makers:
            return
        page, current = self.page(page_name), self.current
        if isinstance(current, View):
            if not current.may_leave():
                self._mark_current()
                return
            current.leave()
        self.say("")
        self._stack.setCurrentWidget(page)
        self._fill_screen(fills=page.fills_screen)
        self._mark_current()
        page.enter()

    def _fill_screen(self, *, fills: bool) -> None:
        """Gives the whole screen to a page that asks for it, and takes it back."""
        self._outlined.hide_bar(hidden=fills)
        if fills and not self.isFullScreen():
            self._before = self.windowState()
            self.showFullScreen()
        elif not fills and self._before is not None:
            before, self._before = self._before, None
            self.setWindowState(before)

    def lock(self) -> None:
        """Locks the window (Ctrl+L, or nobody is there any more): nothing about a person stays in the window, nothing
        is lost."""
        current = self.current
        if not self._makers:
            return
        if isinstance(current, View):
            current.keep_unfinished()
            current.leave()
        self._controller.lock()

    def opened(self) -> None:
        """Fills the window after a vault was opened: bar, banner and pages are made anew."""
        self._early = []
        self._make_pages()
        self.go(self._controller.home)

    def retranslate(self, page_name: PageName, then: Callable[[], None]) -> None:
        """Shows the window in another language, and perhaps the other way round, at the page where it was. The page
        comes after the bar, and what is ``then`` to be done after the page: keys are heard in between."""
        self._outlined.direct(right_to_left=self._controller.right_to_left)
        current = self.current
        if isinstance(current, View):
            current.leave()
        if not self._makers:
            self.ask_for_vault(**self._asked)
            return

        def arrive() -> None:
            self.go(page_name)
            QTimer.singleShot(0, then)

        self._make_pages()
        QTimer.singleShot(0, arrive)

    def _make_pages(self) -> None:
        bar = self._controller.top(self.go, self.lock)
        self._replace_pages(())
        self._makers, self._pages = self._controller.pages(self.go), {}
        keys = {key: partial(self.go, page_name) for key, page_name in self._controller.shortcuts.items()}
        self._outlined.fill(bar, {**keys, LOCK_KEY: self.lock, **self._controller.help_keys})

    def closed(self) -> None:
        """Empties the window after the vault was locked: everything that showed a person goes."""
        self._makers, self._pages = {}, {}
        self._fill_screen(fills=False)
        self._outlined.fill((), {})
        self.say("")
        self.ask_for_vault()

    def say(self, text: str) -> None:
        """Shows a fault that belongs to no page; nothing takes it away."""
        self._outlined.say(text)

    def warn(self, text: str) -> None:
        """Warns of something that is about to happen by itself; empty where it is not any more."""
        self._outlined.warn(text)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stops captures, locks the vault and ends the threads."""
        current = self.current
        if isinstance(current, View):
            if not current.may_leave():
                event.ignore()
                return
            current.leave()
        controller, self._attached = self._attached, None
        if controller is not None:
            controller.shut_down()
        super().closeEvent(event)

    @property
    def _controller(self) -> Controller:
        if self._attached is None:
            raise RuntimeError("the window has no controller yet")
        return self._attached

    @property
    def _outlined(self) -> Outline:
        if self._outline is None:
            raise RuntimeError("the window has no controller yet")
        return self._outline

    def _replace_pages(self, pages: Sequence[QWidget]) -> None:
        while (widget := self._stack.widget(0)) is not None:
            self._stack.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        for page in pages:
            self._stack.addWidget(page)

    def _mark_current(self) -> None:
        current = self.current
        for page_name, page in self._pages.items():
            if page is current:
                self._controller.mark(page_name)


def starting_page() -> QWidget:
    """The page that is shown until the station is assembled: the name, and nothing that blinks."""
    name = QLabel(PRODUCT)
    name.setProperty("kind", "wordmark-alone")
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.addWidget(name)
    return page
