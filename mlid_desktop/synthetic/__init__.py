"""Synthetic subjects: rendered faces, generated fingers and voices of people who do not exist, each a pure function of
a seed."""
