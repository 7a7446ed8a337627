"""Sources of samples: cameras, streams, files and simulations, all listed in ``catalog``."""
