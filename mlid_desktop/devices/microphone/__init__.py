"""Microphones through PortAudio in a process of its own, and playback of sound."""
