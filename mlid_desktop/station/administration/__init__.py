"""What supervisors do: operators, backups, rotation, trust anchors, audit, template files."""
