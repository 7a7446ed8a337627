"""Bounds that a helper process sets itself before it looks at anything untrusted: memory, processor time, and what it
may still open. The system holds it to them; where a system does not (memory on macOS), the process watches itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from mmap import PAGESIZE
from pathlib import Path

PAGE_COUNTS = Path("/proc/self/statm")  # Linux: pages mapped, resident, and more
WATCH_S = 0.02
STANDARD_STREAMS = 3
EXIT_IDLE, EXIT_TOO_MUCH_MEMORY = 0, 70  # exit codes, for whoever started the process


class SelfWatch:
    """Ends this process when it holds more than ``most_bytes``, or when it has had nothing to do for ``idle_s``. A
    thread of its own: libraries that work let other threads run."""

    def __init__(self, most_bytes: int, idle_s: float) -> None:
        self._most_bytes = most_bytes
        self._idle_s = idle_s
        self._busy = threading.Event()
        self._resident = resident_bytes_reader()
        threading.Thread(target=self._watch, daemon=True).start()

    def begin(self) -> None:
        """Something is being worked on."""
        self._busy.set()

    def end(self) -> None:
        """Notes that a piece of work is done; from now on the process counts as idle."""
        self._busy.clear()

    def _watch(self) -> None:
        while True:
            if not self._busy.wait(self._idle_s):
                os._exit(EXIT_IDLE)
            if self._resident() > self._most_bytes:
                os._exit(EXIT_TOO_MUCH_MEMORY)
            time.sleep(WATCH_S)


def resident_bytes_reader() -> Callable[[], int]:
    """A function that says how much memory this process holds, in bytes, without opening anything when it is called; on
    macOS the most that it ever held. 0 where the system does not tell (Windows, whose job object needs no watch)."""
    if sys.platform == "win32":
        return lambda: 0
    if sys.platform == "darwin":
        import resource  # noqa: PLC0415 - not on Windows

        return lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counts = os.open(PAGE_COUNTS, os.O_RDONLY)
    return lambda: int(os.pread(counts, 128, 0).split()[1]) * PAGESIZE


def limit_memory(most_bytes: int) -> None:
    """Lets this process hold no more than ``most_bytes``, what it holds now included: what asks for more fails.

    By RLIMIT_AS, less what is mapped and not resident; on Windows by a job object that this process enters for good. On
    macOS RLIMIT_AS binds nobody: :class:`SelfWatch` does.
    """
    if sys.platform == "win32":
        _enter_job(most_bytes)
        return
    if sys.platform == "darwin":
        return
    import resource  # noqa: PLC0415 - not on Windows

    mapped, resident = (int(pages) * PAGESIZE for pages in PAGE_COUNTS.read_bytes().split()[:2])
    most = mapped + max(0, most_bytes - resident)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def open_nothing_more(waited_for: int = 0) -> None:
    """From now on this process opens no file and no connection and starts no process, whatever it is made to run. Where
    the system has no such limit (Windows) the job object forbids new processes alone.

    ``waited_for``: of the connections that are open, so many may be waited for at once (poll(2) refuses more than the
    limit of files); at most three, which are the standard streams that every process has, so that no number is free.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on Windows

    limits = dict.fromkeys((resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE), 0)
    for what, most in {**limits, resource.RLIMIT_NOFILE: min(waited_for, STANDARD_STREAMS)}.items():
        with suppress(ValueError, OSError):  # a stricter limit is there already
            resource.setrlimit(what, (most, most))


def limit_processor_time(seconds: float) -> None:
    """Ends this process when it has used so much processor time from now on; 0 lifts it. On Windows nothing happens:
    whoever started the process ends it by the clock."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def used_too_much_time(exit_code: int | None) -> bool:
    """Whether :func:`limit_processor_time` ended a process with this exit code."""
    return sys.platform != "win32" and exit_code == -signal.SIGPROF


if sys.platform == "win32":

    def _enter_job(most_bytes: int) -> None:
        """A job of this one process: bounded memory, no further process, no window when it fails (Windows SDK,
        winnt.h)."""
        import ctypes  # noqa: PLC0415 - Windows alone
        from ctypes import wintypes  # noqa: PLC0415 - as above

        class BasicLimits(ctypes.Structure):
            _fields_ = (
                ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
                ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
                ("LimitFlags", wintypes.DWORD),
                ("MinimumWorkingSetSize", ctypes.c_size_t),
                ("MaximumWorkingSetSize", ctypes.c_size_t),
                ("ActiveProcessLimit", wintypes.DWORD),
                ("Affinity", ctypes.c_size_t),
                ("PriorityClass", wintypes.DWORD),
                ("SchedulingClass", wintypes.DWORD),
            )

        class ExtendedLimits(ctypes.Structure):
            _fields_ = (
                ("BasicLimitInformation", BasicLimits),
                ("IoInfo", ctypes.c_ulonglong * 6),
                ("ProcessMemoryLimit", ctypes.c_size_t),
                ("JobMemoryLimit", ctypes.c_size_t),
                ("PeakProcessMemoryUsed", ctypes.c_size_t),
                ("PeakJobMemoryUsed", ctypes.c_size_t),
            )

        extended_limit_information, active_process, process_memory, die_on_exception = 9, 0x8, 0x100, 0x400
        limits = ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = active_process | process_memory | die_on_exception
        limits.BasicLimitInformation.ActiveProcessLimit = 1
        limits.ProcessMemoryLimit = most_bytes
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        job = kernel.CreateJobObjectW(None, None)
        told = kernel.SetInformationJobObject(
            job, extended_limit_information, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        if not job or not told or not kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess()):
            raise ctypes.WinError(ctypes.get_last_error())
