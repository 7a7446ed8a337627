from __future__ import annotations

from mlid_desktop.decision.calibration_set import CalibrationSet, calibration_for
from mlid_desktop.decision.verdict import CapturedCharacteristic, Circumstances, decide
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import AttackFinding, AttackVerdict, Verdict
from mlid_desktop.domain.observations import Comparison
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from tests.makers import ENROLLED, EXTRACTOR, calibration, policy

OLD = "test-extractor/0/"
TODAY = calibration()
EARLIER = calibration().model_copy(update={"extractor": OLD, "score": tuple(score * 2 for score in TODAY.score)})
BOTH = CalibrationSet({Modality.FACE: TODAY}, (EARLIER,))


def verdict_of(score: float, extractor: str, calibrations: CalibrationSet = BOTH) -> tuple[Verdict, Reason]:
    finding = AttackFinding(AttackVerdict.BONA_FIDE, 0.9, 10)
    comparison = Comparison(score, "reference", ENROLLED, extractor)
    captured = CapturedCharacteristic(FACE, SourceKind.LIVE, finding, extractor, 80, comparison)
    made = decide([captured], policy(), calibrations, Circumstances("verification", demo=False, attested=True))
    return made.verdict, made.results[0].reason


def test_each_extractor_has_its_own_calibration_and_others_none() -> None:
    assert calibration_for(BOTH, Modality.FACE, EXTRACTOR.key) is TODAY
    assert calibration_for(BOTH, Modality.FACE, OLD) is EARLIER
    assert calibration_for(BOTH, Modality.FACE, "another/1/") is None
    assert calibration_for(BOTH, Modality.VOICE, OLD) is None
    assert calibration_for({Modality.FACE: TODAY}, Modality.FACE, OLD) is None


def test_a_score_is_judged_by_what_it_means_for_the_extractor_that_made_it() -> None:
    good = TODAY.threshold(policy().comparison.fmr[Modality.FACE])
    assert verdict_of(good, EXTRACTOR.key) == (Verdict.ACCEPTED, Reason.SAME_PERSON)
    assert verdict_of(good, OLD)[1] is Reason.DIFFERENT_PERSON
    assert verdict_of(2 * good, OLD) == (Verdict.ACCEPTED, Reason.SAME_PERSON)
    assert verdict_of(2 * good, "another/1/")[1] is Reason.CALIBRATION_TOO_SMALL


def test_a_station_without_the_newest_extractor_steps_back() -> None:
    back = BOTH.stepped_back(Modality.FACE)
    assert back[Modality.FACE] is EARLIER
    assert calibration_for(back, Modality.FACE, EXTRACTOR.key) is None
    assert BOTH.stepped_back(Modality.VOICE) is BOTH
    assert dict(BOTH) == {Modality.FACE: TODAY}
