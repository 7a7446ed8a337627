"""The names of the product, the same in every language."""

from __future__ import annotations

TITLE = "MLID Desktop"
PRODUCT = "MLID"
