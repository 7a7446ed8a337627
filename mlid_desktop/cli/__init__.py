"""The command line: the same road as the window, for scripts and for those who like to type."""
