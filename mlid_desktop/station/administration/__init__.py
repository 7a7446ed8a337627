"""Tasks of supervisors: operators, backups, rotation, trust anchors, audit, template files."""
