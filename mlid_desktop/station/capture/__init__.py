"""Capture, from a source to an observation: hand-off, capture thread, runner, admission, device check."""
