"""Asks the house how good it is: data sets, trials, error rates with intervals, reports, calibration runs."""
