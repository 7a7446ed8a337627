"""The main window, its controller, and what guards it: locking, crashes, the second screen."""
