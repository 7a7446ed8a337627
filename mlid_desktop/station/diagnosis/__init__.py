"""Tests what a desk needs, and the report of it for support."""
