"""Widgets that pages are built of; each shows a frozen screen model and nothing else."""
