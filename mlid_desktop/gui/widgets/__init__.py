"""Building blocks of pages; each shows a frozen screen model and nothing else."""
