"""A vault made anew beside the old one: rotation, restore and migration."""
