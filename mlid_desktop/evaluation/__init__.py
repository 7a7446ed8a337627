"""Measures how good the program is: data sets, trials, error rates with intervals, reports, calibration runs."""
