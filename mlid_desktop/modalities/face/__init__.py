"""Faces: a camera frame becomes an observation with quality, attack evidence and a 256-dimensional template."""
