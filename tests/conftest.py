"""What holds in every test: a home of its own, no network, no thread or timer left behind, repeatable examples."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import ipaddress
import os
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from mlid_desktop.process.environment import prepare_environment
from mlid_desktop.vault.keys import device_secret
from tests.doubles import FixedClock
from tests.worked_out_once import work_out_once

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer

ROOT = Path(__file__).resolve().parent.parent
THREAD_GRACE_S = float(
    os.environ.get("MLID_TEST_THREAD_GRACE_S", "60")
)  # one that was told to end may still be leaving

os.environ.setdefault("MLID_UNLOCK_SECONDS", "0")  # the floor of the stretching cost
prepare_environment()  # as the programs do

settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("repeatable")


class NetworkForbiddenError(Exception):
    """A test tried to reach beyond this machine."""


class ThreadLeftRunningError(AssertionError):
    """A test ended and a thread of its making did not."""


class TimerLeftRunningError(AssertionError):
    """A test ended and a Qt timer of its making still ticks."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuses to run beside the full OpenCV wheel, which would map a second Qt into the process."""
    found = importlib.util.find_spec("cv2")
    if found is not None and found.origin is not None and (Path(found.origin).parent / "qt").exists():
        raise pytest.UsageError("cv2/qt exists: opencv-python is installed over opencv-python-headless; remove it")
    sys.addaudithook(_refuse_network)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Where several workers collect all tests, each imports a share of the files first: what is imported stays on the
    disk, compiled and with its assertions explained, and the other workers, which would do the same to it, find it."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1 or [Path(given).resolve() for given in session.config.args] != [ROOT / "tests"]:
        return
    own = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    for path in sorted((ROOT / "tests").rglob("test_*.py"))[own::workers]:
        with suppress(Exception, pytest.skip.Exception):  # what is wrong with it is said where it is collected
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays to the end: the collector of garbage needs not look through it again, and
    seldom through what a test makes, most of which goes without it. Where it matters that something is gone, a test
    collects by itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: it also sees connections that C code makes through Python's sockets."""
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise NetworkForbiddenError(f"connection to {address!r}: tests stay on loopback")
    elif event == "socket.getaddrinfo" and not _is_loopback(arguments[0]):
        raise NetworkForbiddenError(f"look-up of {arguments[0]!r}: tests stay on loopback")


def _is_loopback(host: str | bytes | None) -> bool:
    """Whether ``host`` is this machine, by name or number; no host means this machine."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not name or name == "localhost":
        return True
    try:
        number = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return number.is_loopback or number.is_unspecified


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of the person who runs the tests is read or written."""
    home = tmp_path_factory.mktemp("home")
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)  # Qt warns about any other mode
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, str(home))
        for name, folder in (
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_CACHE_HOME", ".cache"),
            ("APPDATA", "AppData/Roaming"),
            ("LOCALAPPDATA", "AppData/Local"),
        ):
            (home / folder).mkdir(parents=True)
            patch.setenv(name, str(home / folder))
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        for name in device_secret.BACKENDS:  # a vault that is made keeps its desk's keys there
            patch.setitem(device_secret.BACKENDS, name, ("mlid_no_such_module", "Keyring"))
        patch.setenv("MPLCONFIGDIR", str(ROOT / ".pytest_cache" / "matplotlib"))  # its font list takes seconds to make
        yield


@pytest.fixture(scope="session", autouse=True)
def _work_out_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Passphrases are stretched and people are drawn once."""
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        work_out_once(patch, (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "drawn-people")
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of models and data (``MLID_SHARED``, by default ``../shared``); skips where there is none."""
    folder = Path(os.environ.get("MLID_SHARED") or ROOT.parent / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder} (set MLID_SHARED)")
    return folder


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still until the test moves it."""
    return FixedClock()


@pytest.fixture(autouse=True)
def _no_thread_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every thread a test starts has ended when the test has."""
    before = set(threading.enumerate())
    yield
    left = _threads_besides(before)
    give_up = time.monotonic() + THREAD_GRACE_S
    while left and time.monotonic() < give_up:
        left[0].join(timeout=give_up - time.monotonic())
        left = _threads_besides(before)
    if left:
        names = ", ".join(f"{thread.name!r}" for thread in left)
        raise ThreadLeftRunningError(f"{request.node.nodeid} left running: {names}")


def _threads_besides(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread not in before]


@pytest.fixture(autouse=True)
def _no_timer_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every Qt timer a test starts is stopped or gone when the test has ended."""
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer  # late: most tests need no Qt

    started: list[weakref.ref[QTimer]] = []
    start = QTimer.start

    def remember(timer: QTimer, *arguments: Any) -> None:
        started.append(weakref.ref(timer))
        start(timer, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QTimer, "start", remember)
        yield
    if any(_ticks(reference()) for reference in started):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # what qtbot closed is deleted now
        gc.collect()  # a widget in a reference circle is gone once its turn comes
    left = [timer for timer in (reference() for reference in started) if _ticks(timer)]
    if left:
        names = ", ".join(sorted(f"{timer.objectName() or timer.parent()!r}" for timer in left if timer is not None))
        for timer in left:
            if timer is not None:
                timer.stop()
        raise TimerLeftRunningError(f"{request.node.nodeid} left ticking: timers of {names}")


def _ticks(timer: QTimer | None) -> bool:
    """Whether the timer still exists on both sides, Python's and Qt's, and runs."""
    if timer is None:
        return False
    import shiboken6  # as above

    return shiboken6.isValid(timer) and timer.isActive()
