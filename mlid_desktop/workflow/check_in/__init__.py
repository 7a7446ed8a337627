"""Checking people in from a queue: one person at a time, by a code, a key or a step forward."""
