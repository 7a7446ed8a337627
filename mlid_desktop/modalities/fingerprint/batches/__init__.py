"""Many comparisons of fingers in one call: each step of a comparison over a leading axis of comparisons."""
