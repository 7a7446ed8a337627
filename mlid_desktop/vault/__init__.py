"""The encrypted store of references and records: keys, envelope, store. ``FORMAT.md`` is its specification."""
