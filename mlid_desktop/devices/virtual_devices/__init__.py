"""Tells cameras and microphones that are programs, or that show what is fed to them, from those with a lens or a
membrane."""
