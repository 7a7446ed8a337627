"""``python -m tests.without_qt MODULE [ARGUMENT ...]``: runs a module as on a machine that has no Qt."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

QT_PACKAGES = ("PySide6", "shiboken6", "pyqtgraph")


class NoQt:
    """A meta-path finder that makes Qt unimportable."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in QT_PACKAGES:
            raise ModuleNotFoundError(f"{fullname} is made unimportable in this process", name=fullname)
        return None


def main(module: str, arguments: Sequence[str]) -> None:
    """The module runs as the program, with these arguments."""
    sys.meta_path.insert(0, NoQt())
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
