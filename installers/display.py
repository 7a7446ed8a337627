"""Watches an X display from outside: when a window is on screen. For measuring, without any window toolkit."""

from __future__ import annotations

import ctypes
import ctypes.util
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

VIEWABLE = 2  # IsViewable (X.h)
LARGE = 600  # pixels: a main window, not a tool tip
LOOK_S = 0.005


class Attributes(ctypes.Structure):
    """XWindowAttributes (Xlib.h)."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("x", "y", "width", "height", "border_width", "depth")),
        ("visual", ctypes.c_void_p),
        ("root", ctypes.c_ulong),
        *((name, ctypes.c_int) for name in ("kind", "bit_gravity", "win_gravity", "backing_store")),
        ("backing_planes", ctypes.c_ulong),
        ("backing_pixel", ctypes.c_ulong),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        *((name, ctypes.c_int) for name in ("map_installed", "map_state")),
        *((name, ctypes.c_long) for name in ("all_event_masks", "your_event_mask", "do_not_propagate_mask")),
        ("override_redirect", ctypes.c_int),
        ("screen", ctypes.c_void_p),
    ]


class Display:
    """A connection to a display."""

    def __init__(self, name: str) -> None:
        self._x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        opened = self._x.XOpenDisplay(name.encode("ascii"))
        if not opened:
            raise OSError(f"no display {name}")
        self._display = ctypes.c_void_p(opened)

    def has_large_window(self) -> bool:
        """Whether a main window is on screen. (There is no window manager, so it is a child of the root.)"""
        root, parent = ctypes.c_ulong(), ctypes.c_ulong()
        children, number = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        top = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        arguments = (ctypes.byref(root), ctypes.byref(parent), ctypes.byref(children), ctypes.byref(number))
        if not self._x.XQueryTree(self._display, top, *arguments):
            return False
        large = [self._is_large(window) for window in children[: number.value]]
        if number.value:
            self._x.XFree(children)
        return any(large)

    def wait_for_window(self, patience_s: float, *, shown: bool = True) -> float:
        """The moment (``time.monotonic``) at which one was there, or gone. Raises TimeoutError."""
        give_up = time.monotonic() + patience_s
        while self.has_large_window() is not shown:
            if time.monotonic() > give_up:
                raise TimeoutError("no window came up" if shown else "the window stayed")
            time.sleep(LOOK_S)
        return time.monotonic()

    def close(self) -> None:
        """Ends the connection."""
        self._x.XCloseDisplay(self._display)

    def _is_large(self, window: int) -> bool:
        attributes = Attributes()
        known = self._x.XGetWindowAttributes(self._display, ctypes.c_ulong(window), ctypes.byref(attributes))
        return bool(known) and attributes.map_state == VIEWABLE and attributes.width >= LARGE


@contextmanager
def virtual_display(number: int) -> Iterator[str]:
    """An X server without a screen, for as long as it is needed; its name."""
    name = f":{number}"
    server = subprocess.Popen(
        ["Xvfb", name, "-screen", "0", "1400x900x24", "-nolisten", "tcp", "-ac"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + 10
        while True:
            try:
                Display(name).close()
                break
            except OSError:
                if time.monotonic() > give_up or server.poll() is not None:
                    raise
                time.sleep(0.05)
        yield name
    finally:
        server.terminate()
        server.wait()
