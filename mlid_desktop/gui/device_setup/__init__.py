"""Pages to choose, add and try out devices, and to trust a certificate."""
