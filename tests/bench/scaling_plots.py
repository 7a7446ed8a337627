"""Plots of how what is measured grows with how many there are: both axes in powers of ten, bounds dashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

SHADES = ("#0A6B70", "#A8221B", "#566273", "#8A6A00", "#5B3A8C")
WIDTH, HEIGHT = 6.4, 4.2


@dataclass(frozen=True, slots=True)
class Curve:
    """What was measured at each size; ``is_bound`` where it is what the machine allows at most."""

    name: str
    sizes: Sequence[float]
    values: Sequence[float]
    is_bound: bool = False


def draw(curves: Sequence[Curve], across: str, up: str, path: Path) -> None:
    """Writes a plot of these curves as SVG, each bound in the shade of the curve before it."""
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    shade = -1
    for curve in curves:
        shade += not curve.is_bound
        line, width = ("--", 1.0) if curve.is_bound else ("o-", 1.6)
        colour = SHADES[shade % len(SHADES)]
        axes.plot(curve.sizes, curve.values, line, color=colour, label=curve.name, markersize=4, linewidth=width)
    axes.set(xscale="log", yscale="log", xlabel=across, ylabel=up)
    axes.grid(which="major", color="#D9DEE4", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
