"""Microphones through PortAudio in a process of its own, and playing sound back."""
