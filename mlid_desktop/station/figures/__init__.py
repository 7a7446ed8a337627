"""Figures of what was done at the desk: taken at the end of each attempt, and told so that nobody shows in them."""
