"""What is kept about people: records, consent and retention, drafts, attempts, erasure."""
