"""Counts and histograms of what was done, by day and without anybody in them."""
