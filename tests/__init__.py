"""Specifications of the house; nothing here is shipped."""
