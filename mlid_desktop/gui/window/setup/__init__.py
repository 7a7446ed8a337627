"""The guide through the first day, in a shell that stays the same from step to step."""
