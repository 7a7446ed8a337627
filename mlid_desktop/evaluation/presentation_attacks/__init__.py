"""Evaluation of presentation attack detection of faces."""
