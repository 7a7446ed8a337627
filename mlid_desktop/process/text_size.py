"""How large the system shows text, where the toolkit does not follow that by itself: on X11 it does, by the dots per
inch that the display states, and macOS has one setting for everything on a display."""

from __future__ import annotations

import contextlib
import ctypes
import subprocess
import sys
from collections.abc import Mapping

LEAST_WIDTH, LEAST_HEIGHT = 960, 540  # what the window needs, in pixels of its own
MOST, MOST_UNSEEN = 2.25, 1.4  # as Windows offers; where the size of the screen is not known, 1366 x 768 is enough
ANSWERED_WITHIN_S = 1.0
ACCESSIBILITY = r"SOFTWARE\Microsoft\Accessibility"
IN_GNOME = ["gsettings", "get", "org.gnome.desktop.interface", "text-scaling-factor"]


def wanted_scale(environment: Mapping[str, str]) -> float:
    """By how much the window is to be drawn larger so that its text follows the system's, 1 at least, and no more than
    leaves it the room that it needs. 1 where the toolkit follows by itself, or nobody set anything."""
    if sys.platform == "win32":
        return bounded_scale(_on_windows(), _screen_on_windows())
    if "WAYLAND_DISPLAY" in environment and environment.get("QT_QPA_PLATFORM", "wayland").startswith("wayland"):
        return bounded_scale(read_factor(_in_gnome()), None)
    return 1.0


def bounded_scale(wanted: float, screen: tuple[int, int] | None) -> float:
    """The scale that is possible on a screen of so many pixels, where its size is known."""
    most = MOST_UNSEEN if screen is None else min(MOST, screen[0] / LEAST_WIDTH, screen[1] / LEAST_HEIGHT)
    return max(1.0, min(wanted, most))


def read_factor(untrusted: str) -> float:
    """A factor as the system writes it; 1 for what is none."""
    try:
        factor = float(untrusted.strip())
    except ValueError:
        return 1.0
    return factor if 0.5 <= factor <= 4.0 else 1.0  # NaN is none either


def _in_gnome() -> str:
    try:
        asked = subprocess.run(IN_GNOME, capture_output=True, text=True, timeout=ANSWERED_WITHIN_S, check=False)  # noqa: S603 - a fixed command
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout


def _on_windows() -> float:
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - of Windows alone

        with contextlib.suppress(OSError):  # nobody changed it
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, ACCESSIBILITY) as key:
                percent, _ = winreg.QueryValueEx(key, "TextScaleFactor")
            return read_factor(str(percent / 100)) if isinstance(percent, int) else 1.0
    return 1.0


def _screen_on_windows() -> tuple[int, int] | None:
    """The first screen, in pixels as the display's own scale makes them for a process that did not say otherwise."""
    if sys.platform == "win32":
        metrics = ctypes.windll.user32.GetSystemMetrics
        width, height = int(metrics(0)), int(metrics(1))
        return (width, height) if width > 0 and height > 0 else None
    return None
