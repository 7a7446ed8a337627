"""The drawings of each evaluation report, by caption."""

from __future__ import annotations

from mlid_desktop.domain.quality import Measure
from mlid_desktop.evaluation.comparisons import ComparisonResult, working_threshold
from mlid_desktop.evaluation.fusion import FusionResult
from mlid_desktop.evaluation.quality import UNIFIED, QualityResult
from mlid_desktop.evaluation.report import plots
from mlid_desktop.station.attack_tests.judging import AttackResult
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.measure_terms import MEASURES

LOWEST_JOINED = (1e-5, 1e-3)  # of joined people there are very many comparisons, of few people and fingers


def comparison_drawings(result: ComparisonResult, language: Language) -> dict[str, str]:
    """Drawings of a comparison report: DET, scores, and error against discarded quality."""
    curves = {language.text(_("This program")): (result.genuine.score, result.impostor.score)}
    if result.plain is not None:
        curves[language.text(_("Baseline"))] = (result.plain.genuine.score, result.plain.impostor.score)
    shares = list(result.discard)
    return {
        language.text(_("Error trade-off")): plots.det_plot(curves, language),
        language.text(_("Scores")): plots.score_plot(
            result.genuine.score, result.impostor.score, working_threshold(result.impostor), language
        ),
        language.text(_("Discarding the worst images")): plots.curve_plot(
            {language.text(_("FNMR")): (shares, [result.discard[share] for share in shares])},
            language.text(_("Share of images discarded, worst quality first")),
            language.text(_("False non-match rate")),
        ),
    }


def fusion_drawings(result: FusionResult, language: Language) -> dict[str, str]:
    """Drawing of a report on several modalities: each alone, and their sum."""
    names = {"fused": _("Several modalities"), "face": _("Face"), "fingerprint": _("Fingerprint")}
    curves = {language.text(shown): result.curves[name] for name, shown in names.items()}
    return {language.text(_("Error trade-off")): plots.trade_off_plot(curves, LOWEST_JOINED, language)}


def quality_drawings(result: QualityResult, language: Language) -> dict[str, str]:
    """Drawings of a quality report, a plot a degradation: the components that must notice it, and the unified value."""
    return {
        language.text(series.degradation.name): plots.curve_plot(
            {
                language.text(_("Unified") if name == UNIFIED else MEASURES[Measure(name)]): (
                    series.degradation.amounts,
                    values,
                )
                for name, values in series.values.items()
            },
            language.text(series.degradation.unit),
            language.text(_("Quality, 0 to 100")),
        )
        for series in result.series
    }


def attack_drawings(result: AttackResult, language: Language) -> dict[str, str]:
    """Drawing of an attack report: every window's liveness, a row a species."""
    rows = {
        name: [window.liveness for window in windows if window.liveness is not None]
        for name, windows in result.windows.items()
    }
    return {language.text(_("Windows")): plots.strip_plot(rows, result.rules.threshold, language)}
