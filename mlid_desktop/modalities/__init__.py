"""One folder a modality, each with the same file names and its own pipeline; modalities do not know one another."""
