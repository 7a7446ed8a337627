"""The interface for other programs of this machine: HTTP on the loopback address, off until it is turned on."""
