"""The one road and the only assembler: here the rooms meet, and both faces drive the same runner."""
