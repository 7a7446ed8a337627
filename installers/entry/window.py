"""The frozen window."""

from mlid_desktop.gui.app import main

if __name__ == "__main__":
    raise SystemExit(main())
