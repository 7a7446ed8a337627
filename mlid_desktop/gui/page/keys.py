"""Keys that work on every page, or on several."""

from __future__ import annotations

from typing import Final

HELP_KEY: Final = "F1"
KEYS_KEY: Final = "Ctrl+/"
LOCK_KEY: Final = "Ctrl+L"
SECOND_SCREEN_KEY: Final = "F9"
RECEIPT_KEY: Final = "Ctrl+R"
