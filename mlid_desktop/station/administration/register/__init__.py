"""The register of many desks, as both faces use it: made, joined, followed, and what stands in it said."""
