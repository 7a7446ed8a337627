"""Calibration on a site's own people: measured, compared with the program's, stored by two, watched afterwards."""
