"""Tests of attack detection in the window: persons, presentations, their report."""
