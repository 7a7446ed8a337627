"""Embeddings of faces: the networks that make them, the templates that keep them, and how those compare."""
