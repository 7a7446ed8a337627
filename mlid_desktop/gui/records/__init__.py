"""Finding, reading and changing what is held about a person."""
