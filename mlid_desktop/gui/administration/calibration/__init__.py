"""Calibrating scores on the people of a site: what is asked, and what is shown."""
