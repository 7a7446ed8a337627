"""Sources that play recordings: still images, video, folders, finger images, sound files."""
