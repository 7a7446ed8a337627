"""The first persons of the simulated camera, chosen so that a face embedding tells them well apart."""

from __future__ import annotations

CAST: tuple[bytes, ...] = ()
