"""The page that checks that a person is who they say they are."""
