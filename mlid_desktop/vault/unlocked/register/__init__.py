"""A vault that is also in a register: what its desk sends there, or fetches from there."""
