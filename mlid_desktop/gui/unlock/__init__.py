"""Pages to create, unlock and restore a vault."""
