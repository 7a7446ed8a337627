"""The modalities: one folder each, with the same file names and its own pipeline; none imports another."""
