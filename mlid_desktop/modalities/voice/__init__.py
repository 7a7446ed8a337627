"""Voices: prompted speech, speaker comparison and attack evidence."""
