"""People who do not exist: rendered faces, generated fingers and voices, each a pure function of a seed."""
