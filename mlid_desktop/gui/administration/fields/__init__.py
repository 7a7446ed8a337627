"""The site's own fields under administration: shown, edited, taken from a file and saved to one."""
