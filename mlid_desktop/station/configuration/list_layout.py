"""How people are listed at this desk: how wide the columns are, and what the list is sorted by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlid_desktop.station.configuration.preferences import read_preferences, write_preferences

BACKWARDS = "-"  # before the column that is sorted by


@dataclass(frozen=True, slots=True)
class ListLayout:
    """``widths`` in pixels by column, of those that somebody changed; ``order`` is the column that the list is sorted
    by, empty where nobody chose one."""

    widths: Mapping[str, int] = field(default_factory=dict)
    order: str = ""
    backwards: bool = False


def read_list_layout(state: Path) -> ListLayout:
    """The layout that was kept in the station's folder of ``state``; what is no width is left out."""
    kept = read_preferences(state)
    widths = {name: int(text) for name, text in kept.columns.items() if text.isascii() and text.isdecimal()}
    return ListLayout(widths, kept.listed_by.removeprefix(BACKWARDS), kept.listed_by.startswith(BACKWARDS))


def keep_list_layout(state: Path, layout: ListLayout) -> None:
    """Keeps a layout for the next start. Names of columns and widths tell of nobody."""
    columns = {name: str(width) for name, width in layout.widths.items()}
    listed_by = f"{BACKWARDS if layout.backwards else ''}{layout.order}"
    write_preferences(state, replace(read_preferences(state), columns=columns, listed_by=listed_by))
