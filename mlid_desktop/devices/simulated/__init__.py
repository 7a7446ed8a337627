"""Simulated sources: made-up people who show or say what is asked of them."""
