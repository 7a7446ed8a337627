"""Plots for reports, as SVG text: drawn without a global state, on a light ground, readable without colour."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlid_desktop.evaluation.metrics import Scores, det_curve
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACCENT = "#0A6B70"
CONTRAST = "#A8221B"
MUTED = "#566273"
DET_TICKS = (1e-5, 1e-4, 1e-3, 1e-2, 5e-2, 2e-1, 5e-1)
WIDTH, HEIGHT = 5.6, 3.6
METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def det_plot(scores: Mapping[str, tuple[Scores, Scores]], language: Language) -> str:
    """Detection error trade-off, only as far as the data go. ``scores`` are genuine and impostor scores by name; the
    first is the one the report is about."""
    lowest, low = (min(0.5 / max(len(kinds[kind]), 2) for kinds in scores.values()) for kind in (0, 1))
    curves = {name: det_curve(genuine, impostor)[1:] for name, (genuine, impostor) in scores.items()}
    return trade_off_plot(curves, (low, lowest), language)


def trade_off_plot(
    curves: Mapping[str, tuple[Scores, Scores]], lowest_shown: tuple[float, float], language: Language
) -> str:
    """Up to three curves of FMR and FNMR by name on normal-deviate axes (Martin et al., Eurospeech 1997), down to the
    lowest FMR and FNMR to show."""
    from scipy.stats import norm  # noqa: PLC0415 - late: heavy and needed for reports alone

    low, lowest = lowest_shown
    figure, axes = _axes(language.text(_("False match rate")), language.text(_("False non-match rate")))
    looks = ((ACCENT, "-", 1.8), (MUTED, "--", 1.2), (CONTRAST, "-.", 1.2))
    for (name, (above, below)), (shade, style, width) in zip(curves.items(), looks, strict=False):
        shown = (above >= low) & (above < 1.0) & (below >= lowest) & (below < 1.0)
        axes.plot(norm.ppf(above[shown]), norm.ppf(below[shown]), style, color=shade, linewidth=width, label=name)
    for setter, floor in ((axes.set_xticks, low), (axes.set_yticks, lowest)):
        ticks = [tick for tick in DET_TICKS if tick >= floor]
        setter(norm.ppf(ticks), [_percent(tick) for tick in ticks])
    if len(curves) > 1:
        axes.legend(frameon=False, fontsize=8)
    return _svg(figure)


def score_plot(genuine: Scores, impostor: Scores, threshold: float, language: Language) -> str:
    """Both score distributions as densities, with the operating threshold."""
    figure, axes = _axes(language.text(_("Comparison score")), language.text(_("Density")))
    edges = np.histogram_bin_edges(np.concatenate([genuine, impostor]), bins=80).tolist()
    axes.hist(impostor, edges, density=True, color=MUTED, alpha=0.55, label=language.text(_("Different people")))
    axes.hist(genuine, edges, density=True, color=ACCENT, alpha=0.75, label=language.text(_("Same person")))
    axes.axvline(threshold, color=CONTRAST, linewidth=1.2, linestyle="--", label=language.text(_("Working threshold")))
    axes.legend(frameon=False, fontsize=8)
    return _svg(figure)


def curve_plot(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], across: str, up: str) -> str:
    """Named curves over one axis, told apart by line style as well as by colour."""
    figure, axes = _axes(across, up)
    styles = ("-", "--", "-.", ":")
    shades = (ACCENT, CONTRAST, MUTED, "#8A5200", "#1D5AB4")
    for index, (name, (over, values)) in enumerate(curves.items()):
        axes.plot(
            over,
            values,
            styles[index % len(styles)],
            color=shades[index % len(shades)],
            marker="o",
            markersize=3,
            label=name,
        )
    if len(curves) > 1:
        axes.legend(frameon=False, fontsize=8)
    return _svg(figure)


def strip_plot(groups: Mapping[str, Sequence[float]], threshold: float, language: Language) -> str:
    """Each window's liveness as a dot in its row, with the threshold."""
    figure, axes = _axes(language.text(_("Mean liveness of the window")), "")
    for index, (name, values) in enumerate(groups.items()):
        spread = np.linspace(-0.25, 0.25, len(values))
        axes.scatter(values, index + spread, s=12, color=ACCENT if index == 0 else CONTRAST, alpha=0.7, label=name)
    axes.set_yticks(range(len(groups)), list(groups))
    axes.axvline(threshold, color=MUTED, linewidth=1.2, linestyle="--")
    axes.set_xlim(-0.02, 1.02)
    return _svg(figure)


def _axes(across: str, up: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure  # noqa: PLC0415 - late: heavy and needed for reports alone

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(across, color=MUTED, fontsize=9)
    axes.set_ylabel(up, color=MUTED, fontsize=9)
    axes.tick_params(colors=MUTED, labelsize=8)
    axes.grid(visible=True, color="#D6DDE6", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _svg(figure: Figure) -> str:
    import matplotlib as mpl  # noqa: PLC0415 - late: heavy and needed for reports alone

    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "mlid", "svg.fonttype": "path"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return METADATA.sub("", text[text.index("<svg") :])


def _percent(rate: float) -> str:
    return f"{100 * rate:g} %"
