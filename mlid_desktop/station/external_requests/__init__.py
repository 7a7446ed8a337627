"""Requests of other programs: how one stands, who may ask, and how it is answered."""
