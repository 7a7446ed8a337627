"""Drafts: interrupted work as bytes that a vault can keep."""
