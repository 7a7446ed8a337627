"""Settings of the machine, its administrator and the people at it, and the location of resources."""
