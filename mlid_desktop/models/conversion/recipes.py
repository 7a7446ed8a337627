"""Makes each model file from its published sources by its recipe. The same sources give the same bytes on every
machine."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models.manifest import ModelEntry

COPY = "copy"
CONVERTER_PACKAGE = "onnx"


def require_converter(entries: Sequence[ModelEntry]) -> None:
    """Raises ModelError(MODEL_BUILD_FAILED) where one of the entries is to be converted and the converter's package, an
    extra of this program, is not installed: checked before a long download.
    """
    converted = next((entry for entry in entries if entry.recipe != COPY), None)
    if converted is not None and importlib.util.find_spec(CONVERTER_PACKAGE) is None:
        raise _failed(converted, f"the package {CONVERTER_PACKAGE} is not installed")


def build(entry: ModelEntry, sources: Sequence[bytes]) -> bytes:
    """Makes the finished model file of an entry from its verified sources, in their order.

    Raises ModelError(MODEL_BUILD_FAILED) where the recipe is unknown, a source is not what the recipe expects, or the
    result is not the pinned file.
    """
    require_converter([entry])
    try:
        made = _make(entry.recipe, sources)
    except Exception as fault:
        raise _failed(entry, f"{type(fault).__name__}: {fault}") from fault
    if len(made) != entry.size or hashlib.sha256(made).hexdigest() != entry.sha256:
        raise _failed(entry, "the result is not the pinned file")
    return made


def _make(recipe: str, sources: Sequence[bytes]) -> bytes:
    if recipe == COPY:
        (only,) = sources
        return only
    from mlid_desktop.models.conversion.converters import convert  # noqa: PLC0415 - late: needs the extra's package

    return convert(recipe, sources)


def _failed(entry: ModelEntry, why: str) -> ModelError:
    return ModelError(Code.MODEL_BUILD_FAILED, role=entry.role, file=entry.file, why=why)
