"""libfprint 2 through ctypes, for the helper process alone: open, capture, close, and what the reader says meanwhile.

Names and numbers are those of libfprint's public API (fp-context.h, fp-device.h, fp-image.h of 1.94), GLib and GUsb.
The library is LGPL and stays outside: nothing of it is linked or shipped.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlid_desktop.devices.fingerprint.messages import MAX_READERS, MAX_SIDE, FoundReader
from mlid_desktop.domain.errors import Code, DeviceError

CAPTURE = 1 << 0  # FP_DEVICE_FEATURE_CAPTURE
USB_SYSTEM, USB_NODES = Path("/sys/bus/usb/devices"), Path("/dev/bus/usb")
Pointer = ctypes.c_void_p

# numbers of GError's domains that say what a person can mend; whatever is missing here is DEVICE_FAILED
FAULTS: dict[tuple[str, int], Code] = {
    ("fp-device-error-quark", 1): Code.DEVICE_NO_IMAGE,  # not supported
    ("fp-device-error-quark", 4): Code.DEVICE_BUSY,
    ("fp-device-error-quark", 0x100): Code.DEVICE_LOST,  # removed
    ("g-usb-device-error-quark", 1): Code.DEVICE_LOST,  # input or output failed: how a pulled cable looks first
    ("g-usb-device-error-quark", 2): Code.DEVICE_STALLED,
    ("g-usb-device-error-quark", 4): Code.DEVICE_LOST,  # no such device any more
    ("g-usb-device-error-quark", 9): Code.DEVICE_DENIED,
    ("g-usb-device-error-quark", 10): Code.DEVICE_BUSY,
    ("g-io-error-quark", 14): Code.DEVICE_DENIED,
    ("g-io-error-quark", 24): Code.DEVICE_STALLED,
    ("g-io-error-quark", 26): Code.DEVICE_BUSY,
    ("g-file-error-quark", 2): Code.DEVICE_DENIED,
}
RETRY_DOMAIN = "fp-device-retry-quark"
CANCELLED = ("g-io-error-quark", 19)


class RetryScanError(Exception):
    """The reader could not read the finger, and asks for another scan; ``number`` is FpDeviceRetry's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class CancelledScanError(Exception):
    """The scan ended because it was cancelled."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned finger: ``pixels`` are ``height`` rows of ``width`` grey bytes; ``per_mm`` is 0 where the driver does
    not know."""

    width: int
    height: int
    per_mm: float
    pixels: bytes = field(repr=False)


class _Error(ctypes.Structure):
    _fields_ = (("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", ctypes.c_char_p))


class _Pointers(ctypes.Structure):
    _fields_ = (("data", ctypes.POINTER(Pointer)), ("length", ctypes.c_uint))


_NOTIFIED = ctypes.CFUNCTYPE(None, Pointer, Pointer, Pointer)  # (object, GParamSpec, user data)
_REMOVED = ctypes.CFUNCTYPE(None, Pointer, Pointer)
_TICK = ctypes.CFUNCTYPE(ctypes.c_int, Pointer)


class Libfprint:
    """One context of libfprint, with the readers that were there when it was made. Used by one thread."""

    def __init__(self) -> None:
        """Loads the library and lists the readers. Raises DeviceError(DEVICE_DRIVER_MISSING) where the library is not
        installed."""
        try:
            self._fprint = ctypes.CDLL("libfprint-2.so.2")
            self._glib = ctypes.CDLL("libglib-2.0.so.0")
            self._gobject = ctypes.CDLL("libgobject-2.0.so.0")
            self._gio = ctypes.CDLL("libgio-2.0.so.0")
            self._usb = ctypes.CDLL("libgusb.so.2")
        except OSError:
            raise DeviceError(Code.DEVICE_DRIVER_MISSING, driver="libfprint") from None
        self._declare()
        self._kept: list[Any] = []  # callbacks live as long as the library may call them
        self._cancellable = self._gio.g_cancellable_new()
        context = self._fprint.fp_context_new()
        listed = ctypes.cast(self._fprint.fp_context_get_devices(context), ctypes.POINTER(_Pointers)).contents
        handles = [Pointer(listed.data[index]) for index in range(min(listed.length, MAX_READERS))]
        self._readers = _with_different_keys([(self._describe(handle), handle) for handle in handles])

    @property
    def readers(self) -> tuple[FoundReader, ...]:
        """The readers that are connected and known to a driver."""
        return tuple(self._readers)

    def open(self, reader: FoundReader) -> Device:
        """Opens a fingerprint reader. Raises DeviceError: DEVICE_NO_IMAGE, DEVICE_BUSY, DEVICE_DENIED, DEVICE_LOST,
        DEVICE_FAILED."""
        if not reader.captures:
            raise DeviceError(Code.DEVICE_NO_IMAGE)
        handle = self._readers[reader]
        error = ctypes.POINTER(_Error)()
        if not self._fprint.fp_device_open_sync(handle, self._cancellable, ctypes.byref(error)):
            self._raise(error)
        return Device(self, handle)

    def every(self, milliseconds: int, tick: Callable[[], None]) -> None:
        """Calls ``tick`` every so many milliseconds from inside whatever call of the library waits."""

        def called(_data: Any) -> int:
            tick()
            return 1

        self._kept.append(_TICK(called))
        self._glib.g_timeout_add(milliseconds, self._kept[-1], None)

    def cancel_soon(self) -> None:
        """Cancels the call of the library that waits. From any thread."""

        def called(_data: Any) -> int:
            self._gio.g_cancellable_cancel(self._cancellable)
            return 0

        self._kept.append(_TICK(called))
        self._glib.g_idle_add(self._kept[-1], None)

    def watch(self, handle: Pointer, finger: Callable[[int], None], removed: Callable[[], None]) -> None:
        """Calls ``finger`` on each change of a reader's FpFingerStatusFlags, and ``removed`` when it is unplugged."""
        changed = _NOTIFIED(lambda *_: finger(self._fprint.fp_device_get_finger_status(handle)))
        gone = _REMOVED(lambda *_: removed())
        self._kept += [changed, gone]
        for name, callback in ((b"notify::finger-status", changed), (b"removed", gone)):
            address = ctypes.cast(callback, Pointer)
            self._gobject.g_signal_connect_data(handle, name, address, None, None, 0)

    def scan(self, handle: Pointer) -> Scan:
        """Waits for a finger and scans it. Raises RetryScanError, CancelledScanError and DeviceError."""
        error = ctypes.POINTER(_Error)()
        image = self._fprint.fp_device_capture_sync(handle, 1, self._cancellable, ctypes.byref(error))
        if not image:
            self._raise(error)
        try:
            return self._scanned(image)
        finally:
            self._gobject.g_object_unref(image)

    def close(self, handle: Pointer) -> None:
        """Closes a fingerprint reader; faults are ignored."""
        self._fprint.fp_device_close_sync(handle, None, None)

    def _scanned(self, image: int) -> Scan:
        size = ctypes.c_size_t()
        data = self._fprint.fp_image_get_data(image, ctypes.byref(size))
        width, height = self._fprint.fp_image_get_width(image), self._fprint.fp_image_get_height(image)
        if not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE or size.value != width * height:
            raise DeviceError(Code.DEVICE_BAD_ANSWER)
        return Scan(width, height, self._fprint.fp_image_get_ppmm(image), ctypes.string_at(data, size.value))

    def _raise(self, error: Any) -> None:
        if not error:
            raise DeviceError(Code.DEVICE_FAILED)
        quark, number = self._glib.g_quark_to_string(error.contents.domain).decode(), error.contents.code
        self._glib.g_error_free(error)
        domain = quark.replace(" ", "")  # 1.94 was built with "fp - device - retry - quark"
        if domain == RETRY_DOMAIN:
            raise RetryScanError(number)
        if (domain, number) == CANCELLED:
            raise CancelledScanError
        raise DeviceError(FAULTS.get((domain, number), Code.DEVICE_FAILED))

    def _describe(self, handle: Pointer) -> FoundReader:
        driver = self._fprint.fp_device_get_driver(handle).decode(errors="replace")
        device_id = self._fprint.fp_device_get_device_id(handle).decode(errors="replace")
        name = (self._fprint.fp_device_get_name(handle) or b"").decode(errors="replace")
        captures = bool(self._fprint.fp_device_get_features(handle) & CAPTURE)
        key, denied = self._on_usb(handle) or (f"{driver}:{device_id}", False)
        return FoundReader(driver, device_id, key, name, captures, driver.startswith("virtual"), denied)

    def _on_usb(self, handle: Pointer) -> tuple[str, bool] | None:
        """A USB reader's key (model, serial number and socket, as for cameras), and whether this account may not write
        to its node."""
        device = Pointer()
        self._gobject.g_object_get(handle, b"fpi-usb-device", ctypes.byref(device), None)
        if device.value is None:
            return None
        bus, number = self._usb.g_usb_device_get_bus(device), self._usb.g_usb_device_get_address(device)
        self._gobject.g_object_unref(device)
        node = USB_NODES / f"{bus:03d}" / f"{number:03d}"
        return usb_key(USB_SYSTEM, bus, number), node.exists() and not os.access(node, os.R_OK | os.W_OK)

    def _declare(self) -> None:
        """Declares to ctypes what it cannot know: which arguments and results are pointers."""
        fprint, text = self._fprint, ctypes.c_char_p
        for name in ("fp_context_get_devices", "fp_device_get_features", "fp_device_get_finger_status"):
            getattr(fprint, name).argtypes = (Pointer,)
        for name in ("fp_context_new", "fp_context_get_devices", "fp_device_capture_sync", "fp_image_get_data"):
            getattr(fprint, name).restype = Pointer
        for name in ("fp_device_get_driver", "fp_device_get_device_id", "fp_device_get_name"):
            getattr(fprint, name).argtypes, getattr(fprint, name).restype = (Pointer,), text
        for name in ("fp_device_open_sync", "fp_device_close_sync"):
            getattr(fprint, name).argtypes = (Pointer, Pointer, Pointer)
        fprint.fp_device_capture_sync.argtypes = (Pointer, ctypes.c_int, Pointer, Pointer)
        fprint.fp_image_get_data.argtypes = (Pointer, Pointer)
        for name in ("fp_image_get_width", "fp_image_get_height", "fp_image_get_ppmm"):
            getattr(fprint, name).argtypes = (Pointer,)
        fprint.fp_image_get_ppmm.restype = ctypes.c_double
        self._glib.g_quark_to_string.restype = text
        self._glib.g_error_free.argtypes = (Pointer,)
        self._glib.g_timeout_add.argtypes = (ctypes.c_uint, _TICK, Pointer)
        self._glib.g_idle_add.argtypes = (_TICK, Pointer)
        self._gio.g_cancellable_new.restype = Pointer
        self._gio.g_cancellable_cancel.argtypes = (Pointer,)
        self._gobject.g_object_unref.argtypes = (Pointer,)
        self._gobject.g_object_get.argtypes = (Pointer, text, Pointer, Pointer)
        self._gobject.g_signal_connect_data.argtypes = (Pointer, text, Pointer, Pointer, Pointer, ctypes.c_int)
        for name in ("g_usb_device_get_bus", "g_usb_device_get_address"):
            getattr(self._usb, name).argtypes, getattr(self._usb, name).restype = (Pointer,), ctypes.c_uint8


@dataclass(frozen=True, slots=True)
class Device:
    """A fingerprint reader that is open."""

    library: Libfprint
    handle: Pointer

    def watch(self, finger: Callable[[int], None], removed: Callable[[], None]) -> None:
        """Calls ``finger`` on each change of FpFingerStatusFlags, and ``removed`` when the reader is unplugged."""
        self.library.watch(self.handle, finger, removed)

    def scan(self) -> Scan:
        """Waits for a finger and scans it. Raises RetryScanError, CancelledScanError and DeviceError."""
        return self.library.scan(self.handle)

    def close(self) -> None:
        """Closes the fingerprint reader."""
        self.library.close(self.handle)


def usb_key(folder: Path, bus: int, number: int) -> str:
    """``vendor:product:serial@socket`` of the USB device with that number on that bus, as Linux lists it."""
    for device in folder.iterdir() if folder.is_dir() else ():
        if (_line(device / "busnum"), _line(device / "devnum")) == (str(bus), str(number)):
            model = [_line(device / part) for part in ("idVendor", "idProduct", "serial")]
            return f"{':'.join(model)}@{device.name}"
    return f"usb:{bus}:{number}"


def _with_different_keys(found: list[tuple[FoundReader, Pointer]]) -> dict[FoundReader, Pointer]:
    """Fingerprint readers by their keys, all different: of those that are not on USB and of one kind, told apart by
    their order alone, the first is listed."""
    readers: dict[FoundReader, Pointer] = {}
    for reader, handle in found:
        if reader.key not in {reader.key for reader in readers}:
            readers[reader] = handle
    return readers


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
