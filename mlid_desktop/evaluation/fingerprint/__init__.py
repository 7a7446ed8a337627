"""How good the finger is: comparisons by protocol, and the search."""
