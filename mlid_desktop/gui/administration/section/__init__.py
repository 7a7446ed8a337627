"""A section of the administration: what stands in it, how that is read, and how it is shown."""
