"""Rows of records: sealed, read whole, put in the place of others; search tables beside references."""
