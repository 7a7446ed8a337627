"""Scripts: what a command costs before it begins, and what a check inside a batch costs beside what it is for."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median

from mlid_desktop.cli.batch import answer_line
from mlid_desktop.cli.shared_desk import SharedDesk
from mlid_desktop.devices.catalog import open_source, parse_address
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.ports import RepeatDetecting
from mlid_desktop.domain.samples import FingerSample
from mlid_desktop.station.assemble import assemble
from mlid_desktop.workflow.take import touch_of
from tests.bench.report import Report
from tests.command_line import ADA, PASSPHRASE, RecordedFingers, new_vault
from tests.makers import ROOT

HELPS = 7
CHECKS = 20


def run(report: Report) -> None:
    """The processor time of ``mlid --help``; a check by finger inside ``mlid batch`` against its image, read, extracted
    and compared."""
    report.figure("mlid --help, processor time (median of 7)", _help_s(), "s", at_most=0.35)
    with tempfile.TemporaryDirectory() as folder:
        inside, whole, bare = _checks_s(Path(folder))
    report.figure("a check by finger inside mlid batch, processor time", inside * 1000, "ms")
    report.figure("- against reading, extracting and comparing its image", inside / bare, "x", at_most=1.1)
    report.figure("- and asking whether it is an earlier image, blurred too", inside / whole, "x")


def _help_s() -> float:
    spent = []
    for _ in range(HELPS):
        before = _children_s()
        subprocess.run(
            [sys.executable, "-m", "mlid_desktop.cli.main", "--help"], cwd=ROOT, capture_output=True, check=True
        )
        spent.append(_children_s() - before)
    return median(spent)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _checks_s(folder: Path) -> tuple[float, float, float]:
    """The median processor time of a check in a batch, of what its pipeline does for it, and of reading, extracting and
    comparing the image alone, alternating."""
    desk, fingers = new_vault(folder / "vault", demo=True), RecordedFingers(folder)
    desk.enrol("1001", "Ann Example", fingers(ADA, 1), "--attest")
    station = assemble()
    session = station.unlock_vault(desk.folder, desk.operator, PASSPHRASE)
    pipeline = station.pipelines().open(Modality.FINGERPRINT)

    def sample(presented: str) -> FingerSample:
        source = open_source(parse_address(presented.partition("=")[2]), Modality.FINGERPRINT)
        (found,) = islice(source.samples(), 1)
        assert isinstance(found, FingerSample)
        return found

    reference = pipeline.observe(sample(fingers(ADA, 1)[1])).template
    assert reference is not None
    inside, whole, bare = [], [], []
    (person,) = session.subjects.everybody()
    assert isinstance(pipeline, RepeatDetecting)
    shared = SharedDesk(station, session, desk.folder, asks=False)
    with shared.in_use():
        for number in range(CHECKS):
            presented = fingers(ADA, number + 2)[1]
            options = {"number": "1001", "finger": [presented], "attest": True, "instead": "device_fault"}
            line = json.dumps({"command": "verify", "options": options}).encode()
            earlier = session.vault_session.vault.touches(person.subject_id)  # this image not yet among them
            began = time.process_time()
            _, answer = answer_line(line, shared, station.language)
            between = time.process_time()
            begins = time.process_time()
            taken = sample(presented)
            seen = pipeline.observe(taken).for_characteristic(reference.characteristic)
            if seen.template is not None:
                pipeline.similarity(reference, seen.template)
            ended = time.process_time()
            touch = touch_of(seen)
            if touch is not None:
                pipeline.repeats(touch, earlier, taken)
            asked = time.process_time()
            if number and answer.exit == 0:  # the first one opens the pipeline
                inside.append(between - began)
                bare.append(ended - begins)
                whole.append(asked - begins)
    session.lock()
    return median(inside), median(whole), median(bare)
