"""A backup as two parts and a stream."""
