"""Other programs of the site that may ask something of this desk, and what they were answered."""
