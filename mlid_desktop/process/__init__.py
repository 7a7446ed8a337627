"""What this process tells the libraries that it runs on and the system that it runs under."""
