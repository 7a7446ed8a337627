"""The page of figures: what was done, how good the captures are, how long a step takes."""
