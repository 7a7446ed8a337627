"""Rebuilds a vault beside the old one: rotation, restore and migration."""
