"""Backups: two parts, each a sealed stream, and the targets that keep them."""
