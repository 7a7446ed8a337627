"""The tamper-evident audit log: events, chain, checkpoints, verification, export."""
