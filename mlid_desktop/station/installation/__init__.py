"""The installed program: self-check, updates, signatures, hardening."""
