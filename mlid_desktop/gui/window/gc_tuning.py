"""Keeps the interpreter's full garbage collections short: while one runs, every thread stands still, the window too."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace


def exempt_from_collection(workspace: Workspace) -> None:
    """Exempts the libraries and models from garbage collection once they are read: a full collection over them takes
    more than a tenth of a second, and comes when it likes. (Only circles that were garbage at that moment stay.)"""

    def read() -> None:
        workspace.engines_changed.disconnect(read)
        gc.freeze()

    workspace.engines_changed.connect(read)
