"""A drawn face for the simulated camera: everything of it comes from a seed, no picture of anyone is used."""
