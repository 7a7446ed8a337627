"""The test of the desk as a whole, and its report: in the reader's language, without a name of person or machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.station.assemble import Station
from mlid_desktop.station.diagnosis import checks
from mlid_desktop.station.diagnosis.findings import STATES, SUBJECTS, Finding, FindingState, Subject, gravest_state
from mlid_desktop.station.diagnosis.masking import Masking, names_of_this_machine
from mlid_desktop.station.text.errors import sentence
from mlid_desktop.station.text.language import Language

Check = Callable[[], Iterable[Finding]]


def examine_desk(station: Station, environment: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Tests everything that a desk needs; takes some seconds (models are read, devices are listed, none is opened). A
    test that fails itself is a finding. Every finding is masked."""
    around = os.environ if environment is None else environment
    tests: dict[Subject, Check] = {
        Subject.PROGRAM: partial(checks.program_findings, station),
        Subject.SYSTEM: partial(checks.system_findings, station),
        Subject.DISPLAY: partial(checks.display_findings, station, around),
        Subject.FONTS: partial(checks.font_findings, station),
        Subject.LANGUAGE: partial(checks.language_findings, station),
        Subject.CLOCK: partial(checks.clock_findings, station),
        Subject.RIGHTS: partial(checks.rights_findings, station),
        Subject.DISK: partial(checks.disk_findings, station),
        Subject.MODELS: partial(checks.model_findings, station),
        Subject.DEVICES: lambda: checks.device_findings(station, station.devices()),
        Subject.SOUND: partial(checks.sound_findings, station, around),
        Subject.UPDATES: partial(checks.update_findings, station),
    }
    mask = Masking(names_of_this_machine(station.settings.vaults))
    found = (finding for subject, test in tests.items() for finding in _tested(subject, test, station.language))
    return tuple(replace(finding, said=mask(finding.said), remedy=mask(finding.remedy)) for finding in found)


def report_text(findings: Iterable[Finding], language: Language, moment: str) -> str:
    """The report as plain text, one line for a finding and one for what helps."""
    listed = tuple(findings)
    lines = [
        language.text("Test of this desk"),
        f"{moment} · {language.text(STATES[gravest_state(listed)])}",
        language.text("It names no person, host, account, folder, vault or serial number."),
    ]
    for subject in Subject:
        of_subject = [finding for finding in listed if finding.subject is subject]
        if of_subject:
            lines += ["", f"{language.text(SUBJECTS[subject])} ({subject.value})"]
        for finding in of_subject:
            lines.append(f"  [{language.text(STATES[finding.state])}] {finding.said}")
            lines += [f"      {finding.remedy}"] if finding.remedy else []
    return "\n".join(lines) + "\n"


def _tested(subject: Subject, test: Check, language: Language) -> Iterator[Finding]:
    try:
        yield from test()
    except MlidError as fault:
        yield Finding(subject, FindingState.FAULT, f"{fault.code.value}: {sentence(fault, language)}")
    except OSError as fault:
        said = language.text("This could not be tested: {why}", why=fault.strerror or type(fault).__name__)
        yield Finding(subject, FindingState.FAULT, said)
