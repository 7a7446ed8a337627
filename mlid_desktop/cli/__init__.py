"""The command line ``mlid``: the same services as the window, for scripts and the terminal."""
