"""Administration of the desks that share a register."""
