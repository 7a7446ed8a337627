"""Searching for a person among all: candidates for review."""
