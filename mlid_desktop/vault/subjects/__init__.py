"""Records of people: references, consent and retention, drafts, attempts, erasure."""
