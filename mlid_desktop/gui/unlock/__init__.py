"""Creating, unlocking and restoring a vault."""
