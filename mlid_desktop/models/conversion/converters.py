"""The converters of the recipes, by name. Importing this needs the package ``onnx``."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.models.conversion.aasist import AASIST, AASIST_L, aasist
from mlid_desktop.models.conversion.bilstm import bilstm_encoder
from mlid_desktop.models.conversion.campplus import campplus
from mlid_desktop.models.conversion.checkpoint import read_state
from mlid_desktop.models.conversion.leader import leader
from mlid_desktop.models.conversion.minifasnet import minifasnet
from mlid_desktop.models.conversion.onnx_inputs import with_free_picture_size, without_stale_inputs
from mlid_desktop.models.conversion.openvino_ir import convert_ir
from mlid_desktop.models.conversion.tflite import convert_tflite


def convert(recipe: str, sources: Sequence[bytes]) -> bytes:
    """Makes the ONNX file of a recipe from its sources. Raises ValueError and whatever an unexpected source breaks."""
    if recipe == "openvino-ir":
        structure, weights = sources
        return convert_ir(structure, weights)
    (source,) = sources
    match recipe:
        case "face-mesh":
            return convert_tflite(source, ("landmarks", "score"))
        case "minifasnet":
            return minifasnet(read_state(source))
        case "aasist":
            return aasist(read_state(source), AASIST)
        case "aasist-l":
            return aasist(read_state(source), AASIST_L)
        case "bilstm":
            return bilstm_encoder(read_state(source, "encoder_state_dict"))
        case "campplus":
            return campplus(read_state(source))
        case "leader":
            return leader(source)
        case "stale-inputs":
            return without_stale_inputs(source)
        case "free-picture-size":
            return with_free_picture_size(source)
    raise ValueError(f"unknown recipe {recipe}")
