"""What the shell is filled with: the bar, the pages, and the signals of the workplace that they follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.home.presenter import WaitingRow
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.device_status import lamps
from mlid_desktop.gui.page.fault_presenter import fault_text, lock_warning
from mlid_desktop.gui.page.help_presenter import HELP_KEY, KEYS_KEY, SECOND_SCREEN_KEY, help_screen
from mlid_desktop.gui.page.language_button import LanguageButton
from mlid_desktop.gui.page.navigation import PLACES, Place
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.state.workspace import Workplace
from mlid_desktop.gui.transparency.page import TransparencyPage
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.window.auto_lock import IdleWatch
from mlid_desktop.gui.window.help_window import HelpWindow
from mlid_desktop.gui.window.main_window import Go, MainWindow
from mlid_desktop.gui.window.second_screen import SecondScreen
from mlid_desktop.gui.window.top_bar import DemoBanner, TopBar
from mlid_desktop.station.text.terms import ROLES

DEMO_OPERATOR = "Demo"
DEMO_PASSPHRASE = "demonstration only"  # noqa: S105 - guards nothing: a demo vault holds no real person


class StationFurnishing:
    """Fills one window with one workplace."""

    def __init__(self, window: MainWindow, workplace: Workplace) -> None:
        self._window, self._workplace = window, workplace
        self._bar: TopBar | None = None
        self._place = Place.HOME
        self._second: SecondScreen | None = None
        self._idle = IdleWatch(
            window, workplace, 60.0 * workplace.station.settings.auto_lock_minutes, self._warn, window.lock
        )
        workplace.opened.connect(self._idle.start)
        workplace.closed.connect(self._idle.stop)
        workplace.opened.connect(window.opened)
        workplace.closed.connect(window.closed)
        workplace.failed.connect(self._say)
        workplace.language_changed.connect(self._say_anew)
        workplace.engines_changed.connect(self._show_strip)
        workplace.sources_changed.connect(self._show_strip)

    @property
    def right_to_left(self) -> bool:
        """As the language reads."""
        return self._workplace.language.right_to_left

    @property
    def home(self) -> Place:
        """Where an unlocked vault begins."""
        return Place.HOME

    @property
    def shortcuts(self) -> Mapping[str, Place]:
        """Keys that lead somewhere."""
        return {words.key: place for place, words in PLACES.items()}

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
        """What the person in front of the desk sees; None while it is off."""
        return self._second

    def toggle_second_screen(self) -> None:
        """On, or off again."""
        if self._second is not None:
            self._second.close()
            return
        workplace = self._workplace
        name = workplace.language.text("Screen for the person")
        self._second = SecondScreen(self._window, workplace.theme, name, self._second_closed)
        self._second.open()

    def _second_closed(self) -> None:
        gone, self._second = self._second, None
        if gone is not None:
            gone.deleteLater()

    def _help(self, *, steps: bool) -> None:
        workplace = self._workplace
        screen = help_screen(self._place, workplace.language)
        HelpWindow(self._window, workplace.theme, workplace.language, screen, steps=steps).open()

    def unlock_page(self, folder: Path, *, creating: bool, demo: bool) -> View:
        """The page that creates or unlocks a vault."""
        restored = self._window.ask_for_vault
        return UnlockPage(self._workplace, folder, creating=creating, demo=demo, restored=restored)

    def top(self, go: Go, lock: Callable[[], None]) -> Sequence[QWidget]:
        """The bar, and the banner of a demo vault."""
        workplace = self._workplace
        codes = workplace.station.languages
        languages = LanguageButton(workplace.theme, workplace.language, codes, workplace.speak, short=True)
        self._bar = TopBar(workplace.theme, workplace.language, go, lock, languages)
        operator = workplace.unlocked.operator
        self._bar.show_operator(operator.name, workplace.language.text(ROLES[operator.role]))
        self._show_strip()
        unlocked = workplace.unlocked
        demo = DemoBanner(workplace.theme, workplace.language, evaluation=unlocked.session.evaluation)
        banner = [demo] if unlocked.demo else []
        return [self._bar, *banner]

    def pages(self, go: Go) -> Mapping[Place, Callable[[], View]]:
        """What makes the pages of an unlocked vault: none is made before it is gone to."""
        workplace = self._workplace
        return {
            Place.HOME: lambda: HomePage(workplace, go, self._take_up),
            Place.ENROL: lambda: EnrolView(workplace, go),
            Place.VERIFY: lambda: VerifyView(workplace, go),
            Place.IDENTIFY: lambda: IdentifyView(workplace, go),
            Place.RECORDS: lambda: RecordsPage(workplace, go, self._enrol_anew),
            Place.DEVICES: lambda: DevicesPage(workplace),
            Place.ADMINISTRATION: lambda: AdministrationPage(workplace, go, self._restore),
            Place.TRANSPARENCY: lambda: TransparencyPage(workplace, go),
        }

    def _enrol_anew(self, subject_id: str) -> None:
        page = self._window.page(Place.ENROL)
        if isinstance(page, EnrolView):
            page.want_person(subject_id)
            self._window.go(Place.ENROL)

    def _restore(self) -> None:
        """The vault is locked first: what is open gives its place to nothing."""
        self._window.lock()
        page = self._window.current
        if isinstance(page, UnlockPage):
            page.ask_to_restore()

    def _take_up(self, one: WaitingRow) -> None:
        """What waits for somebody, on its page."""
        if one.place is None:
            return
        page = self._window.page(one.place)
        if isinstance(page, EnrolView) and one.draft:
            page.want_draft(one.draft)
        elif isinstance(page, IdentifyView) and one.hit:
            page.want_hit(one.hit)
        self._window.go(one.place)
        if isinstance(page, RecordsPage) and one.due:
            page.show_due()

    def mark(self, place: Place) -> None:
        """Says in the bar where one is."""
        self._place = place
        if self._second is not None:
            self._second.update()
        if self._bar is not None:
            self._bar.show_place(place)

    def lock(self) -> None:
        """Locks the vault."""
        self._bar = None
        self._workplace.lock()

    def shut_down(self) -> None:
        """Locks the vault and ends the threads."""
        self._bar = None
        self._idle.stop()
        if self._second is not None:
            self._second.close()
        self._workplace.shut_down()

    def _show_strip(self) -> None:
        workplace = self._workplace
        if self._bar is not None and workplace.is_open:
            shown = lamps(workplace.unlocked.choices, workplace.engine_faults, workplace.wanted, workplace.language)
            self._bar.strip.show_lamps(shown)

    def _say_anew(self) -> None:
        """The window in another language, where it was; an enrolment in progress goes on."""
        place = self._place
        before = self._window.pages.get(Place.ENROL)
        kept = before.hand_over() if isinstance(before, EnrolView) and place is Place.ENROL else None

        def take_over() -> None:
            after = self._window.pages.get(Place.ENROL)
            if kept is not None and isinstance(after, EnrolView) and self._workplace.is_open:
                after.take_over(*kept)

        self._window.say_anew(place, take_over)

    def _warn(self, seconds: float | None) -> None:
        self._window.warn("" if seconds is None else lock_warning(seconds, self._workplace.language))

    def _say(self, fault: MlidError) -> None:
        self._window.say(fault_text(fault, self._workplace.language))


def open_door(window: MainWindow, workplace: Workplace, folder: Path, *, demo: bool) -> None:
    """The first page: create or unlock. A demo opens by itself, under the passphrase that everybody knows."""
    window.use_folder(folder)
    try:
        exists = workplace.station.keeping().finds_vault(folder)
    except MlidError as fault:
        exists = True
        window.say(fault_text(fault, workplace.language))
    if not demo:
        window.ask_for_vault(creating=not exists)
        return

    def refused(fault: MlidError) -> None:
        window.ask_for_vault(creating=not exists, demo=True)
        window.say(fault_text(fault, workplace.language))

    if exists:
        workplace.open(folder, DEMO_OPERATOR, DEMO_PASSPHRASE, refused)
    else:
        workplace.create(folder, DEMO_OPERATOR, DEMO_PASSPHRASE, refused, demo=True)
