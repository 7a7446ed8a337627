"""Choosing, adding and trying out devices, and trusting a certificate."""
