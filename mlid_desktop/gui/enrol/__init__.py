"""Enrolling a person, step by step."""
