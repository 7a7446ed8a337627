"""Writing to a register: from any desk of it, one change after another."""
