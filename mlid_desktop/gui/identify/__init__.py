"""The page that searches for a person among all: candidates for review."""
