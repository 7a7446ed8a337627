"""Keys that are destroyed: of people, of fields that are gone, of portraits."""
