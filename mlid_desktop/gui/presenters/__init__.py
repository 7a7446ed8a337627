"""Session state and language in, frozen screen models out. No Qt here."""
