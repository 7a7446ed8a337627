"""What the command line prints: a table for people, or one JSON document for scripts; progress and faults on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlid_desktop.cli.streams import STANDARD_OUTPUT
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.station.documents.output_files import open_descriptor
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

LEAST_WIDTH, USUAL_WIDTH = 20, 80
REMEDIES: Final = {
    Code.USAGE_NUMBER_AMBIGUOUS: "mlid records shared",
    Code.USAGE_OUTPUT_EXISTS: "--force",
    Code.MODEL_MISSING: "mlid models install",
    Code.MODEL_CHANGED: "mlid models install",
    Code.MODEL_EVALUATION_ONLY: "mlid models install",
    Code.MODEL_UNUSABLE: "mlid models verify",
    Code.MODEL_FETCH_FAILED: "mlid models install --from FOLDER",
    Code.MODEL_BUILD_FAILED: "mlid models install --from FOLDER",
    Code.VAULT_NOBODY_TO_SECOND: "mlid vault recover",
    Code.VAULT_EARLIER_FORMAT: "mlid vault migrate",
    Code.STATION_OUTPUT_LOST: "mlid records list, mlid audit show",
}
"""The command, or option, that helps with a fault, where there is one; sentences say what the window offers."""


class Output:
    """Prints the result on standard output, and notes, faults and progress on standard error."""

    def __init__(self, language: Language, *, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json

    @cached_property
    def _people(self) -> Console:
        return _console()

    @cached_property
    def _notes(self) -> Console:
        return _console(stderr=True)

    def result(self, document: Mapping[str, Any], lines: Sequence[str]) -> None:
        """Prints the document as JSON where that was asked, else the lines."""
        if self.as_json:
            self.document(document)
        else:
            for line in lines:
                self._people.print(line)

    def document(self, document: Mapping[str, Any]) -> None:
        """Prints one JSON document, keys as given."""
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    def table(
        self, document: Mapping[str, Any], heads: Sequence[str], rows: Sequence[Sequence[str]], empty: str
    ) -> None:
        """Prints a table with these heads, or the JSON document; ``empty`` is the sentence for a table without rows."""
        if self.as_json:
            self.document(document)
        elif not rows:
            self._people.print(empty)
        else:
            from rich.table import Table  # noqa: PLC0415 - late: start-up of the commands that print none

            table = Table(box=None, pad_edge=False, header_style="bold")
            for head in heads:
                table.add_column(head, overflow="fold")  # what is too long goes on below: names are there to be copied
            for row in rows:
                table.add_row(*row)
            self._people.print(table)

    def written(self, path: Path, **more: object) -> None:
        """Prints where a file was written; ``more`` is what scripts are told besides. Says nothing where it was written
        to standard output, which would no longer be that file."""
        if open_descriptor(path) == STANDARD_OUTPUT:
            return
        self.result({"written": str(path)} | more, [self.language.text("Written to {path}.", path=path)])

    def note(self, line: str) -> None:
        """Prints a remark on standard error."""
        self._notes.print(line)

    def fault(self, fault: MlidError) -> None:
        """Prints a fault's code and sentence on standard error."""
        from mlid_desktop.station.text.errors import sentence  # noqa: PLC0415 - late: start-up of commands without one

        words = sentence(fault, self.language)
        self._notes.print(f"{fault.code.value}: {words}")
        if fault.code in REMEDIES:
            remedy = REMEDIES[fault.code]
            self._notes.print(self.language.text("At the command line: {command}", command=remedy))

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Shows a progress bar on standard error during a ``with`` block, where that is a terminal."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - late: as above

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._notes, transient=True, disable=not sys.stderr.isatty()) as bar:
            bar.add_task(title, total=1.0, note="")
            yield bar


def _console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is given: the name of a person or device may hold brackets and colons."""
    from rich.console import Console  # noqa: PLC0415 - late: start-up of the commands that print nothing by it

    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)
    if console.width < LEAST_WIDTH:  # COLUMNS=0 says that nobody knows, and a table of no width is empty
        console.width = USUAL_WIDTH
    return console
