"""Assembles the workstation: capture, services and administration on one vault, for the window and the command line
alike."""
