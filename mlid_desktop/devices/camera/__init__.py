"""Cameras of this machine and of the network: found, opened on a thread of their own, reopened after an unplugging."""
