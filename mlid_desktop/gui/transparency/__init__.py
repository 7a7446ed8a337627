"""The transparency page, which tells how good the station is and what it holds."""
