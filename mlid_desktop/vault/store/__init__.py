"""The database and its files: backend, schema, transactions, rollback protection."""
