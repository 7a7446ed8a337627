"""Pages to find, read and change what is held about a person."""
