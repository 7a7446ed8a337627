"""The frozen window."""

from mlid_desktop.gui.window.app import main

if __name__ == "__main__":
    raise SystemExit(main())
