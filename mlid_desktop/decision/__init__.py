"""From scores to a verdict that can be explained: policy, calibration, attack windows, attempts. Pure functions."""
