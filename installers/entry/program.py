"""The one frozen program where there are symbolic links: started as ``mlid`` the command line, else the window."""

import sys
from pathlib import PurePath

if __name__ == "__main__":
    if PurePath(sys.argv[0]).name == "mlid":
        from mlid_desktop.cli.main import main as command_line

        command_line()
    else:
        from mlid_desktop.gui.window.app import main as window

        raise SystemExit(window())
