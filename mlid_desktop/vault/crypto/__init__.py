"""Sealing, hashing and locked memory, with no knowledge of what is sealed."""
