"""The active challenge of a face: which actions are drawn, how far each is done, how it goes on frame by frame."""
