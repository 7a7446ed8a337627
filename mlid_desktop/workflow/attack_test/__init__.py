"""A test of attack detection: what is shown next, and one presentation as it is recorded."""
