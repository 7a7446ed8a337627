"""What a screen reader is given: the real window on a display, read by another process over the accessibility bus
(AT-SPI 2), as Orca does. Speech itself is not part of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import DBusErrorResponse, unwrap_msg
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.page.navigation import PageName
from tests.gui.shown_for_reading import END
from tests.gui.stage import ROOT, SECOND, SECOND_PASSPHRASE

LAUNCHER_PATHS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
LAUNCHER = next((path for path in LAUNCHER_PATHS if Path(path).exists()), None)
TOOLS = ("Xvfb", "dbus-daemon", "dbus-monitor")
PATIENCE_S = 60.0
ACCESSIBLE, REGISTRY = "org.a11y.atspi.Accessible", "org.a11y.atspi.Registry"
ACTION, EDITABLE = "org.a11y.atspi.Action", "org.a11y.atspi.EditableText"
PROPERTIES = "org.freedesktop.DBus.Properties"
LISTENER = "screen-reader"
SHOWING, CHECKED, SENSITIVE = 25, 4, 24  # places of states (ATSPI_STATE_SHOWING and so on)
WORKED_WITH = frozenset(
    {"push button", "button", "toggle button", "check box", "radio button", "combo box", "text", "entry", "table"}
)

pytestmark = pytest.mark.skipif(
    LAUNCHER is None or any(shutil.which(tool) is None for tool in TOOLS),
    reason="no accessibility bus can be started here (at-spi2-core, xvfb, dbus)",
)


@dataclass(frozen=True)
class Node:
    """Something that a screen reader can come to."""

    role: str
    name: str


class Reader:
    """A session bus, a display, an accessibility bus and the window, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bus = folder, ""
        self._connection: DBusConnection | None = None
        self._processes: list[subprocess.Popen[str]] = []
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}

    def start(self) -> None:
        """Until the window is there."""
        read, write = os.pipe()
        self._run(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"], pass_fds=(write,)
        )
        os.close(write)
        with os.fdopen(read) as number:
            self._environment["DISPLAY"] = f":{number.readline().strip()}"
        address = self._run(["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE).stdout
        assert address is not None
        self._environment["DBUS_SESSION_BUS_ADDRESS"] = address.readline().strip()
        self._run([str(LAUNCHER), "--launch-immediately"])
        self._environment |= {"QT_QPA_PLATFORM": "xcb", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        self._run([sys.executable, "-m", "tests.gui.shown_for_reading", str(self.folder)])
        self._until((self.folder / "done").exists)
        with open_dbus_connection(self._environment["DBUS_SESSION_BUS_ADDRESS"]) as session:
            bus = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            (self.bus,) = unwrap_msg(session.send_and_get_reply(new_method_call(bus, "GetAddress"), timeout=PATIENCE_S))
        self._connection = open_dbus_connection(self.bus)
        (self.window,) = self._children((REGISTRY, "/org/a11y/atspi/accessible/root"))

    def go(self, wanted: str) -> None:
        """The window does this."""
        done = self.folder / "done"
        done.unlink()
        (self.folder / "go.next").write_text(wanted, encoding="utf-8")
        (self.folder / "go.next").rename(self.folder / "go")
        self._until(done.exists)

    def tree(self) -> list[Node]:
        """Everything that is shown now, looked at anew where the page changed meanwhile, as a reader does."""
        found: list[Node] = []

        def is_read() -> bool:
            try:
                found[:] = [Node(self._role(node), self._name(node)) for node in self._shown(self.window)]
            except DBusErrorResponse:  # what was listed is gone
                return False
            return True

        self._until(is_read)
        return found

    def dialog(self, name: str) -> tuple[str, str]:
        """The dialog of this name, once it stands open."""
        found: list[tuple[str, str]] = []

        def stands() -> bool:
            tops = [child for child in self._children(self.window) if self._is_showing(child)]
            found[:] = [child for child in tops if (self._role(child), self._name(child)) == ("dialog", name)]
            return bool(found)

        self._until(stands)
        return found[0]

    def inside(self, top: tuple[str, str]) -> dict[Node, tuple[str, str]]:
        """What is shown in a dialog, by role and name."""
        return {Node(self._role(node), self._name(node)): node for node in self._shown(top)}

    def write(self, node: tuple[str, str], text: str) -> None:
        """Puts text into a line, as a reader's user dictates it."""
        self._call(node, EDITABLE, "SetTextContents", "s", text)

    def act(self, node: tuple[str, str]) -> None:
        """Does what can be done with a button or box first: presses or ticks it."""
        self._call(node, ACTION, "DoAction", "i", 0)

    def is_checked(self, node: tuple[str, str]) -> bool:
        """Whether a box is ticked."""
        return self._has_state(node, CHECKED)

    def comes_to(self, heading: str) -> None:
        """Once the page with this heading is shown."""
        self._until(lambda: Node("label", heading) in self.tree())

    def named(self, start: str, *, whole: bool = False) -> tuple[str, str]:
        """What can be worked with in the window and has a name that begins so, or is ``whole`` so, once there is
        such a thing."""
        found: list[tuple[str, str]] = []

        def stands() -> bool:
            try:
                names = [(node, self._name(node)) for node in self._shown(self.window)]
                parts = [node for node, name in names if (name == start if whole else name.startswith(start))]
                found[:] = [each for each in parts if self._role(each) in WORKED_WITH]
                return bool(found) and self._has_state(found[0], SENSITIVE)
            except DBusErrorResponse:  # the page changed meanwhile
                return False

        try:
            self._until(stands)
        except AssertionError as late:
            raise AssertionError(f"{start}: {self.tree()}") from late
        return found[0]

    def hears(self) -> subprocess.Popen[str]:
        """What is announced from now on."""
        rule = "type='signal',interface='org.a11y.atspi.Event.Object',member='Announcement'"
        command = ["timeout", str(PATIENCE_S), "dbus-monitor", "--address", self.bus, rule]
        monitor = self._run(command, stdout=subprocess.PIPE)
        assert monitor.stdout is not None
        assert any("member=NameLost" in line for line in monitor.stdout)  # a monitor has no name: now it hears
        listener = QDBusConnection.connectToBus(self.bus, LISTENER)  # what it registers ends with the connection
        request = QDBusMessage.createMethodCall(REGISTRY, "/org/a11y/atspi/registry", REGISTRY, "RegisterEvent")
        request.setArguments(["object:announcement"])
        assert listener.call(request).type() is QDBusMessage.MessageType.ReplyMessage
        self._children(self.window)  # the window answers after it has heard from the registry that somebody listens
        return monitor

    def stop(self) -> None:
        """The window first, then what it stands on."""
        QDBusConnection.disconnectFromBus(LISTENER)
        if self._connection is not None:
            self._connection.close()
        if (self.folder / "done").exists() and len(self._processes) > 3 and self._processes[3].poll() is None:
            self.go(END)
            self._processes[3].wait(PATIENCE_S)
        for process in reversed(self._processes):
            process.terminate()
            process.wait(PATIENCE_S)
            if process.stdout is not None:
                process.stdout.close()

    def _shown(self, node: tuple[str, str]) -> Iterator[tuple[str, str]]:
        for child in self._children(node):
            if self._is_showing(child):
                yield child
                yield from self._shown(child)

    def _children(self, node: tuple[str, str]) -> list[tuple[str, str]]:
        (children,) = self._call(node, ACCESSIBLE, "GetChildren")
        return list(children)

    def _is_showing(self, node: tuple[str, str]) -> bool:
        return self._has_state(node, SHOWING)

    def _has_state(self, node: tuple[str, str], state: int) -> bool:
        ((low, _high),) = self._call(node, ACCESSIBLE, "GetState")
        return bool(low >> state & 1)

    def _role(self, node: tuple[str, str]) -> str:
        (role,) = self._call(node, ACCESSIBLE, "GetRoleName")
        return str(role)

    def _name(self, node: tuple[str, str]) -> str:
        ((_signature, name),) = self._call(node, PROPERTIES, "Get", "ss", ACCESSIBLE, "Name")
        return str(name)

    def _call(self, node: tuple[str, str], interface: str, method: str, signature: str = "", *values: object) -> Any:
        """What one object of the accessibility bus, by its program and path, answers."""
        assert self._connection is not None
        program, path = node
        asked = new_method_call(DBusAddress(path, program, interface), method, signature, values)
        return unwrap_msg(self._connection.send_and_get_reply(asked, timeout=PATIENCE_S))

    def _run(self, command: list[str], **how: object) -> subprocess.Popen[str]:
        made: subprocess.Popen[str] = subprocess.Popen(
            command,
            env=self._environment,
            cwd=ROOT,
            text=True,
            stderr=subprocess.DEVNULL,
            **how,  # type: ignore[call-overload] # handed on
        )
        self._processes.append(made)
        return made

    @staticmethod
    def _until(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, "it did not come to pass"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def reader(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    made = Reader(tmp_path_factory.mktemp("read"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


WANTED = {
    PageName.HOME: "Enrol, F2",
    PageName.ENROL: "The person agrees",
    PageName.DEVICES: "Look for devices",
    PageName.FIGURES: "Save as CSV …",
    PageName.SETUP: "New recovery code …",
    PageName.CHECK_IN: "Number, barcode or receipt code",
}


@pytest.mark.parametrize("page_name", WANTED)
def test_a_reader_finds_the_page_by_name_and_a_name_on_everything_that_is_worked_with(
    reader: Reader, page_name: PageName
) -> None:
    reader.go(page_name.value)
    found = reader.tree()
    assert [node for node in found if node.role in WORKED_WITH]
    assert [node for node in found if node.role in WORKED_WITH and not node.name] == []
    names = {node.name for node in found}
    assert WANTED[page_name] in names


@pytest.mark.parametrize(
    ("page_name", "does", "told"),
    [
        (PageName.HOME, "say The camera is gone.", "The camera is gone."),
        (PageName.CHECK_IN, "type 4711", "Nobody has No. 4711."),
    ],
)
def test_what_happens_is_announced_to_the_reader(reader: Reader, page_name: PageName, does: str, told: str) -> None:
    reader.go(page_name.value)
    heard = reader.hears()
    assert heard.stdout is not None
    reader.go(does)
    for line in heard.stdout:
        if told in line:
            return
    raise AssertionError("nothing was heard")


def test_a_program_is_admitted_through_the_reader_alone(reader: Reader) -> None:
    reader.go("task callers pair")
    first = reader.dialog("Admit another program")
    parts = reader.inside(first)
    assert [node for node in parts if node.role in WORKED_WITH and not node.name] == []
    named = {node.name: address for node, address in parts.items() if node.role in WORKED_WITH}
    searches = named["Searches"]
    assert not reader.is_checked(searches)
    assert reader.is_checked(named["Checks"])
    for box in ("Enrolments", "Withdrawals"):
        assert not reader.is_checked(named[box])
        reader.act(named[box])
    reader.write(named["Name, as the desk shows it"], "Records program")
    reader.act(searches)
    assert reader.is_checked(searches)
    reader.act(named["Admit …"])
    second = reader.dialog("Admit Records program?")
    parts = reader.inside(second)
    assert any("may ask for checks, enrolments, withdrawals, searches" in node.name for node in parts)
    named = {node.name: address for node, address in parts.items() if node.role in WORKED_WITH}
    reader.write(named["Second person's name"], SECOND)
    reader.write(named["Second person's passphrase"], SECOND_PASSPHRASE)
    heard = reader.hears()
    assert heard.stdout is not None
    reader.act(named["Confirm"])
    code = re.compile(r"Type [0-9A-Z]{5}-[0-9A-Z]{5} in Records program, within five minutes")
    assert any(code.search(line) for line in heard.stdout), "the code is read out"


def test_somebody_is_enrolled_and_checked_through_the_reader_alone(reader: Reader) -> None:
    reader.go(PageName.HOME.value)
    reader.act(reader.named("Enrol, F2"))
    for part in ("All of these", "Voice"):  # all, and then not the voice
        reader.act(reader.named(part))
    reader.act(reader.named("It was read aloud to the end"))
    reader.act(reader.named("The person agrees, without voice"))
    reader.write(reader.named("Number"), "1001")
    reader.write(reader.named("Name"), "Maria Okoye")
    reader.act(reader.named("Next"))
    reader.comes_to("Face")
    reader.act(reader.named("Next"))  # once the face is captured, which begins by itself
    reader.comes_to("Fingers")
    reader.act(reader.named("Capture"))
    reader.act(reader.named("Next"))  # once both fingers are done
    reader.act(reader.named("Save"))
    reader.named("Print the receipt")
    reader.act(reader.named("Done"))
    reader.act(reader.named("Verify, F3"))
    reader.write(reader.named("Search by number or name"), "1001")
    heard = reader.hears()
    assert heard.stdout is not None
    reader.act(reader.named("Start the check"))
    assert any("Accepted" in line for line in heard.stdout), "the verdict is read out"
    reader.act(reader.named("Next person"))


def test_a_queue_is_checked_in_and_figures_are_read_through_the_reader_alone(reader: Reader) -> None:
    reader.go(PageName.HOME.value)
    reader.act(reader.named("Check-in"))
    reader.write(reader.named("Number, barcode"), "1001")  # who was enrolled before
    heard = reader.hears()
    assert heard.stdout is not None
    reader.act(reader.named("Check (Enter)"))
    assert any("Accepted" in line for line in heard.stdout), "the verdict is read out"
    reader.act(reader.named("Next (Enter)"))
    reader.act(reader.named("Leave check-in"))
    reader.act(reader.named("Figures"))
    for chosen in ("Earlier", "Week", "As a table"):
        reader.act(reader.named(chosen))
    reader.named("Figures as a table")
    reader.act(reader.named("Back"))
    reader.named("Enrol, F2")


def test_a_step_of_the_first_day_is_done_through_the_reader_alone(reader: Reader) -> None:
    reader.go(PageName.SETUP.value)
    reader.act(reader.named("New recovery code"))
    parts = reader.inside(reader.dialog("Recovery code"))
    code = next(node.name for node in parts if node.role == "label" and node.name.count("-") > 3)
    reader.act(reader.named("It is on paper"))
    reader.write(reader.named("Type it from the paper"), code)
    reader.act(reader.named("Use this code"))
    parts = reader.inside(reader.dialog("Make a new recovery code?"))
    named = {node.name: address for node, address in parts.items() if node.role in WORKED_WITH}
    reader.write(named["Second person's name"], SECOND)
    reader.write(named["Second person's passphrase"], SECOND_PASSPHRASE)
    reader.act(named["Confirm"])
    reader.act(reader.named("Next"))  # once it is proven
    for tested in ("Next: test the finger reader", "Next: test the microphone"):
        reader.act(reader.named(tested))
    reader.act(reader.named("Next", whole=True))  # what tests the last device stands there until it has
    reader.named("Enter the organisation")
    reader.act(reader.named("5. Policy"))
    reader.act(reader.named("Strict"))
    reader.named("Use “Strict” …")  # which opens with the choice
