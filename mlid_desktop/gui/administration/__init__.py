"""The administration page: operators, backups, audit, policy."""
