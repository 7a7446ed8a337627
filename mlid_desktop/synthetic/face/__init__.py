"""A drawn person for the simulated camera: everything of the face comes from a seed, no picture of anyone is used."""
