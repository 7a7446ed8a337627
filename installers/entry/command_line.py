"""The frozen command line."""

from mlid_desktop.cli.main import main

if __name__ == "__main__":
    main()
