"""Cameras of this machine and of the network: found, opened on a thread of their own, kept through an unplugging."""
