"""The page that tells how good this is and what is held."""
