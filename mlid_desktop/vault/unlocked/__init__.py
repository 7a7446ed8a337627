"""The services of an unlocked vault, one a file."""
