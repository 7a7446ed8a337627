"""Locks keys in memory, so that the system does not write them to its swap, as far as the platform allows.

A page is locked as a whole and stays locked until the process ends, since other keys may lie on it. What Python, the
libraries and SQLCipher copy is not reached by this (see the threat model).
"""

from __future__ import annotations

import ctypes
import sys


def hold_in_memory(*keys: bytearray) -> bool:
    """Locks these buffers in memory; gives whether all of them are locked now. They must not change their length."""
    locked = [_locked(key) for key in keys if len(key)]  # each is tried, whatever became of the others
    return all(locked)


def _locked(key: bytearray) -> bool:
    buffer = (ctypes.c_char * len(key)).from_buffer(key)
    address, length = ctypes.addressof(buffer), len(key)
    try:
        if sys.platform == "win32":
            return bool(ctypes.windll.kernel32.VirtualLock(ctypes.c_void_p(address), ctypes.c_size_t(length)))
        system = ctypes.CDLL(None)
        return int(system.mlock(ctypes.c_void_p(address), ctypes.c_size_t(length))) == 0
    except (AttributeError, OSError):  # a system without such a call
        return False
    finally:
        del buffer
