"""Writes the built-in models as ONNX with half-precision weights, and says what that and the export cost.

python training/export.py embedder --work FOLDER --to resources/models/builtin/face-embedding.onnx
python training/export.py detector --work FOLDER --to resources/models/builtin/face-detection.onnx
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import onnx
import onnxruntime
import torch
from detector import STRIDES, Delivered, Detector
from network import Embedder, Student
from onnx import numpy_helper

OPSET = 17
SMALLEST_HALVED = 256  # values in an initialiser: smaller ones stay as they are
CHECKED = 32  # random pictures
CELL_WIDTHS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def main() -> None:
    """Exports the averaged weights of the last checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=("embedder", "detector"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    asked = parser.parse_args()
    asked.to.parent.mkdir(parents=True, exist_ok=True)
    if asked.which == "detector":
        learnt = Detector()
        learnt.load_state_dict(torch.load(asked.work / "detector.pt", map_location="cpu", weights_only=True))
        detector = Delivered(learnt).eval()
        export_detector(detector, asked.to)
        name_widths(asked.to)
        halve_weights(asked.to)
        seal(asked.to)
        print(f"{asked.to.stat().st_size} bytes; largest difference to the checkpoint {difference(detector, asked.to)}")
        return
    student = Student()
    student.load_state_dict(torch.load(asked.work / "checkpoint.pt", map_location="cpu", weights_only=True)["averaged"])
    embedder = Embedder(student).eval()
    export(embedder, asked.to)
    halve_weights(asked.to)
    seal(asked.to)
    print(f"{asked.to.stat().st_size} bytes; smallest cosine to the checkpoint {agreement(embedder, asked.to):.6f}")


def seal(file: Path) -> None:
    """Writes hash and size into the manifest beside the file, where there is one."""
    manifest = file.parent / "manifest.toml"
    if manifest.exists():
        content = file.read_bytes()
        pinned = f'file = "{file.name}"\nsha256 = "{hashlib.sha256(content).hexdigest()}"\nsize = {len(content)}'
        found = rf'file = "{re.escape(file.name)}"\nsha256 = "[0-9a-f]{{64}}"\nsize = [0-9]+'
        manifest.write_text(re.sub(found, pinned, manifest.read_text(encoding="utf-8")), encoding="utf-8")


def export_detector(detector: Delivered, file: Path) -> None:
    """The graph for any number of pictures of any size of whole cells."""
    names = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in STRIDES]
    torch.onnx.export(
        detector,
        (torch.zeros(1, 3, 160, 192),),
        str(file),
        input_names=["input"],
        output_names=names,
        dynamic_axes={"input": {0: "n", 2: "height", 3: "width"}, **{name: {0: "n", 1: "cells"} for name in names}},
        opset_version=OPSET,
        dynamo=False,
    )


def difference(detector: Delivered, file: Path) -> float:
    """The largest difference between what the file and the checkpoint say to a random picture of another size."""
    picture = np.random.default_rng(7).uniform(0, 255, (2, 3, 224, 320)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        wanted = detector(torch.from_numpy(picture))
    said = session.run(None, {"input": picture})
    return max(float(np.abs(a - b.numpy()).max()) for a, b in zip(said, wanted, strict=True))


def export(embedder: Embedder, file: Path) -> None:
    """The graph for any number of pictures."""
    torch.onnx.export(
        embedder,
        (torch.zeros(1, 3, 128, 128),),
        str(file),
        input_names=["input"],
        output_names=["embedding"],
        dynamic_axes={"input": {0: "n"}, "embedding": {0: "n"}},
        opset_version=OPSET,
        dynamo=False,
    )


def name_widths(file: Path) -> None:
    """Says in the file how many numbers a cell has: tracing loses it, and the application asks for it."""
    model = onnx.load(str(file))
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[2].dim_value = CELL_WIDTHS[output.name.partition("_")[0]]
    onnx.save(model, str(file))


def halve_weights(file: Path) -> None:
    """Stores large weights as float16 and widens them when the model is loaded: half the size, the same speed."""
    model = onnx.load(str(file))
    widened = []
    for initialiser in list(model.graph.initializer):
        values = numpy_helper.to_array(initialiser)
        if values.dtype != np.float32 or values.size < SMALLEST_HALVED:
            continue
        model.graph.initializer.remove(initialiser)
        half = f"{initialiser.name}.half"
        model.graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), half))
        widened.append(onnx.helper.make_node("Cast", [half], [initialiser.name], to=onnx.TensorProto.FLOAT))
    nodes = [*widened, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(file))


def agreement(embedder: Embedder, file: Path) -> float:
    """The smallest cosine between what the file and the checkpoint say to random pictures."""
    pictures = np.random.default_rng(7).uniform(0, 255, (CHECKED, 3, 128, 128)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    said = np.asarray(session.run(None, {"input": pictures})[0])
    with torch.inference_mode():
        wanted = embedder(torch.from_numpy(pictures)).numpy()
    lengths = np.linalg.norm(said, axis=1) * np.linalg.norm(wanted, axis=1)
    return float(((said * wanted).sum(axis=1) / lengths).min())


if __name__ == "__main__":
    main()
