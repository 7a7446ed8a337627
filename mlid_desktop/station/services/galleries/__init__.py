"""What searches look through, made ready and kept as the vault is."""
