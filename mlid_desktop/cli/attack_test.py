"""``mlid attack-test``: tests attack detection with a site's own people and attacks, in a demo vault."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.capture_progress import capture_progress
from mlid_desktop.cli.context import Program, UnlockedProgram
from mlid_desktop.cli.evaluation_outputs import OutOption
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.roles import Act
from mlid_desktop.station.attack_tests.report import SPECIES
from mlid_desktop.station.attack_tests.site_report import make_site_report, write_site_report
from mlid_desktop.station.documents.measurement import REPORT_FILES
from mlid_desktop.station.documents.output_files import require_folder
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.workflow.attack_test.plan import (
    BONA_FIDE,
    MAX_PRESENTATIONS,
    OFFERED,
    PRESENTATIONS,
    AttackSpecies,
    AttackTest,
    AttackTestPlan,
)

attack_test_commands = typer.Typer(
    no_args_is_help=True, help=_("Test attack detection with people and attacks of this site, in a demo vault.")
)


@attack_test_commands.command("begin")
def begin(
    vault: options.VaultOption,
    species: Annotated[
        list[AttackSpecies] | None, typer.Option("--species", help=_("A kind of attack to test, once for each."))
    ] = None,
    presentations: Annotated[
        int, typer.Option("--presentations", min=1, max=MAX_PRESENTATIONS, help=_("Presentations of each kind."))
    ] = PRESENTATIONS,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Begin a test (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    try:
        plan = AttackTestPlan(tuple(species or OFFERED), presentations)
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--species") from None
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        confirmed = unlocked.require_second(Act.TEST_ATTACKS, second, second_passphrase_file)
        _tell(unlocked, unlocked.session.attack_tests.begin(plan, confirmed))


@attack_test_commands.command("admit")
def admit(
    vault: options.VaultOption,
    label: Annotated[str, typer.Option("--label", help=_("What the person is called in the report: no name."))],
    agreed: Annotated[
        bool, typer.Option("--agreed", help=_("The person agreed to be recorded for this test."))
    ] = False,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Add a person who agreed to take part."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        _tell(unlocked, unlocked.session.attack_tests.admit(label, agreed=agreed))


@attack_test_commands.command("present")
def present(
    vault: options.VaultOption,
    face: Annotated[str, typer.Option("--face", help=_("Address of the camera or recording."))],
    species: Annotated[
        str | None, typer.Option("--species", help=_("What is shown, or “bona fide”; the next of the plan otherwise."))
    ] = None,
    label: Annotated[str | None, typer.Option("--label", help=_("Of whom it is."))] = None,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Record one presentation."""
    program = Program.start(as_json=as_json)
    if (species is None) != (label is None):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--species, --label")
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        service = unlocked.session.attack_tests
        planned = None if species is None or label is None else service.planned(_species(species), label)
        service.begin_presentation(planned)  # before a camera is opened
        (source,) = unlocked.open_sources({FACE: face}).values()
        with capture_progress(program.output, program.language.text("Recording")) as publish:
            _tell(unlocked, service.present(source, planned, publish))


@attack_test_commands.command("show")
def show(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """How far the test is, and what comes next."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        test = unlocked.session.attack_tests.test()
        if test is None:
            raise UsageError(Code.USAGE_NO_TEST)
        _tell(unlocked, test)


@attack_test_commands.command("report")
def report(
    vault: options.VaultOption,
    out: OutOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write the report of what was recorded: figures and labels alone."""
    program = Program.start(as_json=as_json)
    require_folder(out, REPORT_FILES, replace=force)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        pipeline = unlocked.session.recognition.pipelines.open(Modality.FACE)
        made = make_site_report(unlocked.session.attack_tests.material(), pipeline, program.language)
        write_site_report(out, made, program.language, replace=force)
        written = program.language.text("Report written to {folder}.", folder=out)
        program.output.result(made.document, [*made.lines, written])


@attack_test_commands.command("erase")
def erase(
    vault: options.VaultOption,
    passphrase_file: options.PassphraseOption = None,
    operator: options.OperatorOption = None,
    second: options.SecondOption = None,
    second_passphrase_file: options.SecondPassphraseOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Erase the test with all that was recorded (supervisor, with a second person)."""
    program = Program.start(as_json=as_json)
    with program.unlocked(vault, operator, passphrase_file) as unlocked:
        unlocked.session.attack_tests.erase(unlocked.require_second(Act.TEST_ATTACKS, second, second_passphrase_file))
        program.output.result({"erased": True}, [program.language.text("The test and its keys were erased.")])


def _species(untrusted: str) -> AttackSpecies | None:
    if untrusted == BONA_FIDE:
        return None
    try:
        return AttackSpecies(untrusted)
    except ValueError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--species") from None


def _tell(unlocked: UnlockedProgram, test: AttackTest) -> None:
    text = unlocked.program.language.text
    planned = test.next_planned
    counts = {BONA_FIDE if kind is None else kind.value: test.done(kind) for kind in test.kinds}
    document: dict[str, Any] = {
        "presentations": test.plan.presentations,
        "people": list(test.people),
        "done": counts,
        "progress": round(test.progress, 4),
        "next": None
        if planned is None
        else {
            "species": BONA_FIDE if planned.species is None else planned.species.value,
            "person": planned.person,
            "number": planned.number,
        },
    }
    names = {BONA_FIDE: text("the living person"), **{kind.value: text(words) for kind, words in SPECIES.items()}}
    lines = [
        text("{kind}: {done} of {asked}", kind=names[name], done=done, asked=test.plan.presentations)
        for name, done in counts.items()
    ]
    if planned is not None:
        shown = names[BONA_FIDE if planned.species is None else planned.species.value]
        lines.append(
            text(
                "Next: {kind}, of {person} (number {number}).", kind=shown, person=planned.person, number=planned.number
            )
        )
    elif not test.people:
        lines.append(text("Add the people who take part first."))
    else:
        lines.append(text("All that was planned is recorded."))
    unlocked.program.output.result(document, lines)
