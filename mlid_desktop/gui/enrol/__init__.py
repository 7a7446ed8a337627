"""Pages that enrol a person, step by step."""
