"""Compares face templates: the product of their vectors, lowered by the density of similar strangers around
both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.templates import Template
from mlid_desktop.modalities.face.embedding.forms import TemplateForm


@runtime_checkable
class RowReading(Protocol):
    """A pipeline whose templates can be read into rows that compare by :func:`row_scores`, many at once."""

    def rows(self, templates: Sequence[Template]) -> NDArray[np.float32]:
        """Templates as rows (n, width). Raises ModelError for one of another extractor or malformed."""
        ...


def compare_templates(form: TemplateForm, first: Template, second: Template) -> float:
    """Comparison score of two face templates. Raises ModelError for one of another extractor or malformed."""
    rows = form.rows([first, second])
    return float(row_scores(rows[:1], rows[1:])[0])


def row_scores(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Comparison scores (n,) of two equally long lists of read templates (n, width), row by row."""
    cosines = np.einsum("ij,ij->i", first[:, :-1], second[:, :-1])
    return np.asarray(cosines - first[:, -1] - second[:, -1], np.float32)
