"""Runs 1:N searches for the GUI thread: galleries are read on the vault thread and searched on the inference thread."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.templates import Reference

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace

T = TypeVar("T")


def search(
    workspace: Workspace,
    modalities: Collection[Modality],
    task: Callable[[], T],
    done: Callable[[T], None],
    failed: Callable[[MlidError], None],
    check: Callable[[], None] = lambda: None,
) -> None:
    """Makes the galleries ready where they are not, then runs a 1:N search on the inference thread. ``check`` is asked
    on the vault thread before, and stops it by raising."""
    session = workspace.unlocked.session
    identification, recognition = session.identification, session.recognition

    def load(read: dict[Modality, tuple[Reference, ...]]) -> None:
        def run() -> T:
            for modality, references in read.items():
                recognition.load_gallery(modality, references)
            return task()

        workspace.on_inference(run, done, failed)

    def read() -> dict[Modality, tuple[Reference, ...]]:
        check()
        return identification.missing_galleries(modalities)

    workspace.on_vault(read, load, failed)
