"""What an open vault tells and keeps of who is enrolled."""
