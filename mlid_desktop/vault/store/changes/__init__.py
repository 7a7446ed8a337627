"""The signed chain of changes: what each commit changed, by which desk, and how that is checked."""
