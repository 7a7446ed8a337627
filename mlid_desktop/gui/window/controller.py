"""The controller that fills the main window: the bar, the pages, and the signals of the workspace that they follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.device_setup.pin_page import PinPage
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.figures.page import FiguresPage
from mlid_desktop.gui.home.notices_page import NoticesPage
from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.home.presenter import PendingRow
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.device_status import lamps, register_lamp
from mlid_desktop.gui.page.fault_presenter import fault_text, lock_warning
from mlid_desktop.gui.page.help_presenter import help_screen
from mlid_desktop.gui.page.keys import HELP_KEY, KEYS_KEY, SECOND_SCREEN_KEY
from mlid_desktop.gui.page.language_button import LanguageButton
from mlid_desktop.gui.page.navigation import PAGES, PageName
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.page.wording_dialog import show_wording
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.state.demo_people import DEMO_OPERATOR, DEMO_PASSPHRASE, make_demo
from mlid_desktop.gui.state.desk_readiness import DeskReadiness
from mlid_desktop.gui.state.interface import ExternalInterface
from mlid_desktop.gui.state.register_following import RegisterFollowing
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.transparency.page import TransparencyPage
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.verify.check_in_page import CheckInPage
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.window.auto_lock import IdleWatch
from mlid_desktop.gui.window.help_window import HelpWindow
from mlid_desktop.gui.window.main_window import Go, MainWindow
from mlid_desktop.gui.window.request_bar import RequestBar
from mlid_desktop.gui.window.request_opener import RequestOpener
from mlid_desktop.gui.window.second_screen import SecondScreen
from mlid_desktop.gui.window.setup.view import SetupView
from mlid_desktop.gui.window.top_bar import DemoBanner, RegisterBar, TopBar
from mlid_desktop.station.administration.vault_administration import StaffNotice
from mlid_desktop.station.text.terms import ROLES


class WindowController:
    """Fills the main window with the pages of one workspace."""

    def __init__(self, window: MainWindow, workspace: Workspace) -> None:
        self._window, self._workspace = window, workspace
        self._bar: TopBar | None = None
        self._page_name = PageName.HOME
        self._second: SecondScreen | None = None
        self.readiness = DeskReadiness(workspace)
        self.notices: NoticesPage | None = None
        self.pin_page: PinPage | None = None
        self.interface = ExternalInterface(workspace)
        self.following = RegisterFollowing(workspace)
        self._opener = RequestOpener(window, workspace, self.interface, lambda: self._page_name)
        self._idle = IdleWatch(
            window, workspace, 60.0 * workspace.station.settings.auto_lock_minutes, self._warn, window.lock
        )
        workspace.opened.connect(self._idle.start)
        workspace.closed.connect(self._idle.stop)
        workspace.opened.connect(window.opened)
        workspace.opened.connect(self._look_for_notices)
        workspace.closed.connect(window.closed)
        workspace.failed.connect(self._say)
        workspace.models_wanted.connect(partial(self._show_section, Section.MODELS))
        workspace.organisation_wanted.connect(partial(self._show_section, Section.ORGANISATION))
        workspace.language_changed.connect(self._retranslate)
        workspace.engines_changed.connect(self._show_strip)
        workspace.sources_changed.connect(self._show_strip)
        self.following.changed.connect(self._show_strip)

    @property
    def right_to_left(self) -> bool:
        """Whether the language reads from right to left."""
        return self._workspace.language.right_to_left

    @property
    def home(self) -> PageName:
        """The page where an unlocked vault begins."""
        return PageName.HOME

    @property
    def shortcuts(self) -> Mapping[str, PageName]:
        """Keys that lead to a page."""
        return {words.key: page_name for page_name, words in PAGES.items()}

    @property
    def help_keys(self) -> Mapping[str, Callable[[], None]]:
        """Keys that show help: for the page, and all keys."""
        return {
            HELP_KEY: partial(self._help, steps=True),
            KEYS_KEY: partial(self._help, steps=False),
            SECOND_SCREEN_KEY: self.toggle_second_screen,
        }

    @property
    def second_screen(self) -> SecondScreen | None:
        """The window that the person in front of the desk sees; None while it is off."""
        return self._second

    def toggle_second_screen(self) -> None:
        """Turns the second screen on, or off again."""
        if self._second is not None:
            self._second.close()
            return
        workspace = self._workspace
        name = workspace.language.text("Screen for the person")
        self._second = SecondScreen(self._window, workspace.theme, name, self._second_closed)
        self._second.open()

    def _second_closed(self) -> None:
        gone, self._second = self._second, None
        if gone is not None:
            gone.deleteLater()

    def _help(self, *, steps: bool) -> None:
        workspace = self._workspace
        screen = help_screen(self._page_name, workspace.language)
        HelpWindow(self._window, workspace.theme, workspace.language, screen, steps=steps).open()

    def unlock_page(self, folder: Path, *, creating: bool, demo: bool) -> View:
        """The page that creates or unlocks a vault."""
        restored = self._window.ask_for_vault
        return UnlockPage(self._workspace, folder, creating=creating, demo=demo, restored=restored)

    def top(self, go: Go, lock: Callable[[], None]) -> Sequence[QWidget]:
        """The widgets above the pages: the bar, and the banner of a demo vault."""
        workspace = self._workspace
        codes = workspace.station.languages
        review = partial(show_wording, self._window, workspace)
        languages = LanguageButton(workspace.theme, workspace.language, codes, workspace.speak, review, short=True)
        self._bar = TopBar(workspace.theme, workspace.language, go, lock, partial(self._help, steps=True), languages)
        operator = workspace.unlocked.operator
        self._bar.show_operator(operator.name, workspace.language.text(ROLES[operator.role]))
        self._show_strip()
        banner = [DemoBanner(workspace)] if workspace.unlocked.demo else []
        requests = RequestBar(workspace.theme, workspace.language, self.interface, self._opener.acts)
        return [self._bar, *banner, RegisterBar(workspace.theme, workspace.language, self.following), requests]

    def pages(self, go: Go) -> Mapping[PageName, Callable[[], View]]:
        """Makers of the pages of an unlocked vault: none is made before it is gone to."""
        workspace, show_help = self._workspace, partial(self._help, steps=True)
        return {
            PageName.HOME: lambda: HomePage(workspace, self.readiness, go, self._open_pending),
            PageName.ENROL: lambda: EnrolView(workspace, go),
            PageName.VERIFY: lambda: VerifyView(workspace, go),
            PageName.IDENTIFY: lambda: IdentifyView(workspace, go),
            PageName.RECORDS: lambda: RecordsPage(workspace, go, self._enrol_anew, self._verify),
            PageName.DEVICES: lambda: DevicesPage(workspace, partial(go, PageName.HOME)),
            PageName.ADMINISTRATION: lambda: AdministrationPage(workspace, go, self._restore),
            PageName.SETUP: lambda: SetupView(workspace, self.readiness, go),
            PageName.TRANSPARENCY: lambda: TransparencyPage(workspace, go),
            PageName.FIGURES: lambda: FiguresPage(workspace, go),
            PageName.CHECK_IN: lambda: CheckInPage(workspace, go, self._window.lock, show_help),
        }

    def _enrol_anew(self, subject_id: str) -> None:
        page = self._window.page(PageName.ENROL)
        if isinstance(page, EnrolView):
            page.re_enrol(subject_id)
            self._window.go(PageName.ENROL)

    def _verify(self, number: str) -> None:
        page = self._window.page(PageName.VERIFY)
        self._window.go(PageName.VERIFY)
        if isinstance(page, VerifyView) and self._window.current is page:
            page.look_for(number)

    def _look_for_notices(self) -> None:
        """What everybody has to know stands in front of the first page."""
        session = self._workspace.unlocked.session
        self._workspace.on_vault(session.administration.notices, self._show_notices)

    def _show_notices(self, notices: Sequence[StaffNotice]) -> None:
        workspace = self._workspace
        if not workspace.is_open:
            return
        if not notices:
            self._look_for_unpinned()
            return
        session = workspace.unlocked.session

        def seen() -> None:
            workspace.on_vault(session.administration.mark_notices_seen, lambda _: None)

        self.notices = NoticesPage(self._window, workspace.theme, workspace.language, notices, seen)
        workspace.closed.connect(self.notices.reject)
        self.notices.finished.connect(self.notices.deleteLater)
        self.notices.finished.connect(self._look_for_unpinned)
        self.notices.open()

    def _look_for_unpinned(self) -> None:
        """Readers of an earlier time wait for two people to pin them."""
        workspace = self._workspace
        if workspace.is_open and may(workspace.unlocked.operator, Act.REGISTER_DEVICE):
            workspace.on_vault(workspace.unlocked.session.administration.unpinned_devices, self._show_unpinned)

    def _show_unpinned(self, devices: Sequence[DeviceIdentity]) -> None:
        if devices and self._workspace.is_open:
            self.pin_page = PinPage(self._window, self._workspace, devices)
            self._workspace.closed.connect(self.pin_page.reject)
            self.pin_page.finished.connect(self.pin_page.deleteLater)
            self.pin_page.open()

    def _show_section(self, section: Section) -> None:
        """Goes to where something is set up that a page lacks."""
        page = self._window.page(PageName.ADMINISTRATION)
        if isinstance(page, AdministrationPage):
            page.section = section
            self._window.go(PageName.ADMINISTRATION)

    def _restore(self) -> None:
        """Asks to restore a backup; the vault is locked first."""
        self._window.lock()
        page = self._window.current
        if isinstance(page, UnlockPage):
            page.ask_to_restore()

    def _open_pending(self, row: PendingRow) -> None:
        """Opens what waits for somebody, on its page."""
        if row.page_name is None:
            return
        page = self._window.page(row.page_name)
        if isinstance(page, EnrolView) and row.draft:
            page.open_draft(row.draft)
        elif isinstance(page, IdentifyView) and row.search:
            page.open_draft(row.search)
        self._window.go(row.page_name)
        if isinstance(page, RecordsPage) and row.part is not None:
            page.show_part(row.part)
        elif isinstance(page, VerifyView) and row.person:
            page.release(row.person)

    def mark(self, page_name: PageName) -> None:
        """Marks in the bar the page that is shown."""
        self._page_name = page_name
        if self._second is not None:
            self._second.update()
        if self._bar is not None:
            self._bar.show_page(page_name)

    def lock(self) -> None:
        """Locks the vault."""
        self._bar = None
        self._workspace.lock()

    def shut_down(self) -> None:
        """Locks the vault and ends the threads."""
        self._bar = None
        self._idle.stop()
        if self._second is not None:
            self._second.close()
        self.interface.close()
        self.following.close()
        self._workspace.shut_down()

    def _show_strip(self) -> None:
        workspace = self._workspace
        if self._bar is not None and workspace.is_open:
            shown = lamps(workspace.unlocked.choices, workspace.engine_faults, workspace.wanted, workspace.language)
            state = self.following.state
            followed = () if state is None else (register_lamp(state, workspace.language),)
            self._bar.strip.show_lamps((*shown, *followed))

    def _retranslate(self) -> None:
        """Shows the window in another language, where it was; an enrolment in progress goes on."""
        page_name = self._page_name
        before = self._window.pages.get(PageName.ENROL)
        kept = before.release_session() if isinstance(before, EnrolView) and page_name is PageName.ENROL else None

        def adopt_session() -> None:
            after = self._window.pages.get(PageName.ENROL)
            if kept is not None and isinstance(after, EnrolView) and self._workspace.is_open:
                after.adopt_session(*kept)

        self._window.retranslate(page_name, adopt_session)

    def _warn(self, seconds: float | None) -> None:
        self._window.warn("" if seconds is None else lock_warning(seconds, self._workspace.language))

    def _say(self, fault: MlidError) -> None:
        self._window.say(fault_text(fault, self._workspace.language))


def show_unlock_page(window: MainWindow, workspace: Workspace, folder: Path, *, demo: bool) -> None:
    """Shows the first page: create or unlock. A demo opens by itself, under the passphrase that everybody knows."""
    window.use_folder(folder)
    try:
        exists = workspace.station.vault_admin().finds_vault(folder)
    except MlidError as fault:
        exists = True
        window.say(fault_text(fault, workspace.language))
    if not demo:
        window.ask_for_vault(creating=not exists)
        return

    def refused(fault: MlidError) -> None:
        window.ask_for_vault(creating=not exists, demo=True)
        if fault.code is not Code.VAULT_UNKNOWN_OPERATOR:  # a demo vault may be of other people
            window.say(fault_text(fault, workspace.language))

    if exists:
        workspace.open(folder, DEMO_OPERATOR, DEMO_PASSPHRASE, refused)
    else:
        workspace.create(partial(make_demo, workspace.station, folder, workspace.language), refused)
