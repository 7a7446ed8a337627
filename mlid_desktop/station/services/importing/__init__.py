"""People who are enrolled from a list and a folder of images."""
