"""Locks keys and biometric numbers in memory, so that the system does not write them to its swap, as far as the
platform allows.

A page is locked as a whole. What Python, the libraries and SQLCipher copy is not reached by this (see the threat
model).
"""

from __future__ import annotations

import ctypes
import mmap
import sys


def hold_in_memory(*buffers: bytearray | mmap.mmap) -> bool:
    """Locks these buffers in memory; gives whether all of them are locked now. They must not change their length. The
    pages of a ``bytearray`` stay locked until the process ends, since others may lie on them."""
    locked = [_locked(buffer) for buffer in buffers if len(buffer)]  # each is tried, whatever became of the others
    return all(locked)


def held_pages(size: int) -> mmap.mmap:
    """Memory of at least one byte, all 0, in pages of its own that hold nothing else, locked where this account may
    lock so much. Once nobody uses it the system takes it back and clears it."""
    if sys.platform == "win32":
        pages = mmap.mmap(-1, size)
    else:
        pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        pages.madvise(mmap.MADV_HUGEPAGE)  # as numpy asks for its own: a scan of large ones is faster
    hold_in_memory(pages)
    return pages


def _locked(buffer: bytearray | mmap.mmap) -> bool:
    view = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    address, length = ctypes.addressof(view), len(buffer)
    try:
        if sys.platform == "win32":
            return bool(ctypes.windll.kernel32.VirtualLock(ctypes.c_void_p(address), ctypes.c_size_t(length)))
        system = ctypes.CDLL(None)
        return int(system.mlock(ctypes.c_void_p(address), ctypes.c_size_t(length))) == 0
    except (AttributeError, OSError):  # a system without such a call
        return False
    finally:
        del view
