"""Fingerprint readers through libfprint, whose drivers run in a process of their own."""
