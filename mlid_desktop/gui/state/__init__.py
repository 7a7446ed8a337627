"""State that all pages share: the workspace, the bridge between threads, the index of people."""
