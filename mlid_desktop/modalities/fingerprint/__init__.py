"""Fingerprints: from a finger image to minutiae, their quality and their comparison."""
