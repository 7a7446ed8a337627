"""The entry point ``mlid-desktop``: the window appears first, the station is assembled behind it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from mlid_desktop import __version__
from mlid_desktop.devices.driver_entry import run_hidden_verb
from mlid_desktop.gui.page.product import TITLE
from mlid_desktop.gui.theme.style import FIRST_SHEET, FUSION, Theme, initial_theme, system_theme
from mlid_desktop.gui.theme.tokens import ThemeName
from mlid_desktop.gui.window.main_window import MainWindow
from mlid_desktop.process.environment import follow_text_size, prepare_environment
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.installation.process_hardening import harden_process

if TYPE_CHECKING:
    from mlid_desktop.gui.state.bridge import Bridge
    from mlid_desktop.station.assemble import Station

DEFAULT_VAULT = "desk"
DEMO_VAULT = "demo"
DISPLAYS = ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM")
LINK = "--link"  # by which the system opens links of the scheme; alone it opens the window
FIRST_START_S = 60.0  # how long the check of the program's files may take where an update waits for it


class Options(NamedTuple):
    """The options of the command line."""

    demo: bool
    folder: Path | None
    theme: ThemeName | None
    kiosk: bool
    first_start: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the application until its window closes."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    prepare_environment()
    harden_process()
    hidden = run_hidden_verb(given)
    if hidden is not None:
        return hidden
    if given[:1] == [LINK]:  # whatever stands in a link is none of the options
        if len(given) > 1:
            from mlid_desktop.gui.window.link_handler import follow_link  # noqa: PLC0415 - late: of this way in alone

            return follow_link(given[1:])
        given = []
    try:
        options = _options(given)
    except OSError:  # help that cannot be written must not end as Python's 1
        from mlid_desktop.station.text.exit_codes import EXIT_FAULT  # noqa: PLC0415 - late: the window comes first

        return EXIT_FAULT
    if not has_display():
        return _say_no_display()
    application = _open_application()
    theme, window = _show_window(application, options)
    assemble_behind(application, theme, window, options)
    return application.exec()


def _open_application() -> QApplication:
    withheld: list[str] = []
    qInstallMessageHandler(lambda kind, _context, text: _hear(kind, text, withheld))
    follow_text_size()
    application = QApplication([*sys.argv[:1], *FUSION])
    qInstallMessageHandler(None)
    for text in withheld:
        _say(text)
    application.setApplicationName(TITLE)
    application.setDesktopFileName("mlid-desktop")
    application.setWindowIcon(QIcon(str(resource_folder() / "application.svg")))
    return application


def _show_window(application: QApplication, options: Options) -> tuple[Theme, MainWindow]:
    """Brings the window on screen before anything else is read."""
    theme = Theme(resource_folder())
    theme.apply(application, options.theme or initial_theme(), FIRST_SHEET)
    window = MainWindow(theme)
    if options.kiosk:
        window.showFullScreen()
    else:
        window.show_fitting()
    application.processEvents()
    return theme, window


def assemble_behind(application: QApplication, theme: Theme, window: MainWindow, options: Options) -> None:
    """Assembles the station behind a window that is on screen, which shows what can be done once it is there."""
    from mlid_desktop.gui.state.bridge import Bridge  # noqa: PLC0415 - late: after the window is on screen

    theme.apply(application, options.theme or system_theme())
    bridge = Bridge()
    threading.Thread(target=_assemble, args=(bridge, theme, window, options), name="mlid-start", daemon=True).start()


def has_display() -> bool:
    """Whether anything is named to show a window on; that it can be reached shows when Qt tries."""
    return sys.platform != "linux" or any(os.environ.get(name) for name in DISPLAYS)


def _hear(kind: QtMsgType, text: str, withheld: list[str]) -> None:
    """Takes what Qt says while it looks for the display. Where there is none it would abort the program, and advise to
    install it again: what is wrong is said instead, and the program ends. Anything else is kept to be said later."""
    if kind is QtMsgType.QtFatalMsg:
        code = _say_no_display()
        os._exit(code)
    withheld.append(text)


def _say(text: str) -> None:
    """Writes a line to standard error, where that is open and takes it."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _say_no_display() -> int:
    from mlid_desktop.domain.errors import Code, StationError  # noqa: PLC0415 - late: the window comes first
    from mlid_desktop.station.configuration.settings import read_settings  # noqa: PLC0415 - as above
    from mlid_desktop.station.text.errors import sentence  # noqa: PLC0415 - as above
    from mlid_desktop.station.text.exit_codes import exit_code  # noqa: PLC0415 - as above
    from mlid_desktop.station.text.language import open_language  # noqa: PLC0415 - as above

    fault = StationError(Code.STATION_NO_DISPLAY)
    language = open_language(resource_folder() / "translations", read_settings().language)
    _say(f"{fault.code.value}: {sentence(fault, language)}")
    return exit_code(fault)


def _assemble(bridge: Bridge, theme: Theme, window: MainWindow, options: Options) -> None:
    """Assembles the station on a thread of its own: what takes longest at the start is reading libraries."""
    import_module("mlid_desktop.gui.window.controller")  # what the GUI thread will need in a moment
    from mlid_desktop.domain.errors import MlidError  # noqa: PLC0415 - late: after the window is on screen
    from mlid_desktop.gui.window.managed import refuse  # noqa: PLC0415 - as above
    from mlid_desktop.station.assemble import assemble  # noqa: PLC0415 - late: after the window is on screen

    try:
        station = assemble()
        station.self_check.start()
        if options.first_start:
            station.self_check.require_whole(FIRST_START_S)
    except MlidError as fault:
        refusal = fault
        bridge.post(lambda: refuse(window, refusal))
        return
    bridge.post(lambda: _set_up(station, bridge, theme, window, options))


def _set_up(station: Station, bridge: Bridge, theme: Theme, window: MainWindow, options: Options) -> None:
    from mlid_desktop.gui.state.workspace import Workspace  # noqa: PLC0415 - as above
    from mlid_desktop.gui.window.controller import WindowController, show_unlock_page  # noqa: PLC0415 - as above
    from mlid_desktop.gui.window.crash import CrashReporter  # noqa: PLC0415 - as above
    from mlid_desktop.gui.window.gc_tuning import exempt_from_collection  # noqa: PLC0415 - late: after the window is on screen
    from mlid_desktop.gui.window.managed import manage  # noqa: PLC0415 - as above

    CrashReporter(bridge, theme, station.language, station.settings.state).install()
    workspace = Workspace(station, theme, bridge)
    exempt_from_collection(workspace)
    window.use_controller(WindowController(window, workspace))
    manage(window, station.settings, station.language, kiosk=options.kiosk)
    if options.first_start:
        QTimer.singleShot(0, window.close)
    usual = station.settings.vaults / (DEMO_VAULT if options.demo else DEFAULT_VAULT)
    folder = options.folder or (None if options.demo else station.settings.vault_folder) or usual
    show_unlock_page(window, workspace, folder, demo=options.demo)


def _options(arguments: Sequence[str]) -> Options:
    if arguments in ([], ["--demo"]):  # as nearly every start; a parser is made in the time of the first picture
        return Options(bool(arguments), None, None, kiosk=False, first_start=False)
    import argparse  # noqa: PLC0415 - late: the window comes first

    parser = argparse.ArgumentParser(prog="mlid-desktop")
    parser.add_argument("--version", action="version", version=f"mlid-desktop {__version__}")
    parser.add_argument("--demo", action="store_true", help="open a demo vault, which takes simulated sources")
    parser.add_argument("--vault", dest="folder", type=Path, metavar="DIR", help="the vault's folder")
    parser.add_argument("--theme", choices=[name.value for name in ThemeName], help="instead of the system's look")
    parser.add_argument("--kiosk", action="store_true", help="fill the screen, and stay")
    parser.add_argument("--first-start", action="store_true", help=argparse.SUPPRESS)  # what an update tries
    given = parser.parse_args(arguments)
    theme = ThemeName(given.theme) if given.theme else None
    return Options(given.demo, given.folder, theme, given.kiosk, given.first_start)


if __name__ == "__main__":
    raise SystemExit(main())
