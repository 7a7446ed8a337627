"""What an open vault offers, a file a service."""
