"""A bounded child: a program in a process of its own, the messages it speaks in, and the limits it sets itself."""

from __future__ import annotations

from typing import Final

HELPER_SUFFIX: Final = "-helper"  # of every first argument with which a frozen program is started to be such a child
