"""A site's own calibration: what its people carry, what of it counts, and how scores move afterwards."""
