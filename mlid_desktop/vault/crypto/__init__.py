"""Cryptographic primitives: sealing, hashing, signing and locked memory, with no knowledge of what is sealed."""
