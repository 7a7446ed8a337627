"""What a benchmark hands over: figures with a unit and, where the README claims one, a bound."""

from __future__ import annotations

import json
import operator
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

BOUNDS = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. ``bound`` is what it must keep to, ``None`` where nothing is claimed."""

    topic: str
    name: str
    value: float
    unit: str
    relation: Literal["<=", ">="] = "<="
    bound: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the value keeps to its bound."""
        return self.bound is None or bool(BOUNDS[self.relation](self.value, self.bound))

    def __str__(self) -> str:
        claim = "" if self.bound is None else f"{self.relation} {self.bound:g}  {'ok' if self.kept else 'MISSED'}"
        return f"{self.name:<58}{self.value:>12.4g} {self.unit:<10}{claim}".rstrip()


class Report:
    """Collects the figures of a run and prints each as it comes."""

    def __init__(self, shared: Path | None, scale: float = 1.0) -> None:
        self.shared, self.scale = shared, scale
        self.figures: list[Figure] = []
        self._topic = ""

    def begin(self, topic: str) -> None:
        """The figures that follow belong to this benchmark."""
        self._topic = topic
        print(f"\n{topic}", flush=True)

    def figure(
        self, name: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        """One measured value, with the bound it must keep to, if any."""
        if at_least is not None:
            found = Figure(self._topic, name, value, unit, ">=", at_least)
        else:
            found = Figure(self._topic, name, value, unit, "<=", at_most)
        self.figures.append(found)
        print(f"  {found}", flush=True)

    def note(self, text: str) -> None:
        """Something to know about the figures around it: a sample size, why one is missing."""
        print(f"  ({text})", flush=True)

    @property
    def missed(self) -> tuple[Figure, ...]:
        """Figures that did not keep to their bound."""
        return tuple(figure for figure in self.figures if not figure.kept)

    def write(self, path: Path) -> None:
        """The figures as JSON, with what they were measured on."""
        machine = {"system": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()}
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"machine": machine, "figures": [asdict(figure) | {"kept": figure.kept} for figure in self.figures]}
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
