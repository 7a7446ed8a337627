"""What the inference thread does for the services: captures, and the galleries that searches look through."""
