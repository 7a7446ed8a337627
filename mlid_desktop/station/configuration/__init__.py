"""Settings of the machine, of its administrator and of its people, and where resources lie."""
