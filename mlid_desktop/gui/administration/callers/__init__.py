"""Other programs under administration: whom two people admit, and what it may ask and is told."""
