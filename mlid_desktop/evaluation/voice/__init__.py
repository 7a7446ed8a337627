"""Evaluation of voices: speakers, prompted digits, channels, attacks."""
