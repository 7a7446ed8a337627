"""Recordings as sources: still images, video, folders, finger images, sound files."""
