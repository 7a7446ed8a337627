"""Evaluation of fingerprints: comparisons by protocol, and the 1:N search."""
