"""Runs 1:N searches for the GUI thread: galleries are read on the vault thread and searched on the inference thread."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.services.recognition.gallery_preparation import GalleryUpdate

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
    galleries = session.galleries

    def load(update: GalleryUpdate) -> None:
        def run() -> tuple[T, tuple[Reference, ...]] | None:
            if not galleries.bring_up_to_date(update, modalities):
                return None
            return task(), session.recognition.take_tabulated()

        def over(found: tuple[T, tuple[Reference, ...]] | None) -> None:
            if found is None:
                workspace.on_vault(read, load, failed)  # a gallery was dropped for what changed: it is read anew
                return
            workspace.warming.keep(session, found[1])
            done(found[0])

        workspace.on_inference(run, over, failed)

    def read() -> GalleryUpdate:
        check()
        return galleries.read(modalities)

    workspace.warming.when_ready(lambda: workspace.on_vault(read, load, failed))
