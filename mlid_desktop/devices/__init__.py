"""Sources of samples: cameras, streams, files and simulations, listed in a plain table in ``catalog``."""
