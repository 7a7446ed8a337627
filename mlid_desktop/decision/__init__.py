"""Pure functions that make a verdict of scores, and explain it: policy, calibration, attack windows, attempts."""
