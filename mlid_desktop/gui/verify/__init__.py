"""Checking that a person is who they say they are."""
