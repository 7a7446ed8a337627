"""The fields that a site records of a person besides number and name: their schema, and what may be typed into them."""
