"""Options that several commands share, and how their text becomes values."""

from __future__ import annotations

import warnings
from getpass import GetPassWarning, getpass
from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli.shared_desk import shared_desk
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.decisions import InsteadReason
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import is_shown, tidy, unicode_text
from mlid_desktop.site_fields.schema import FieldSchema, SiteField
from mlid_desktop.station.documents.output_files import path_of_source, require_writable
from mlid_desktop.station.text.language import N_ as _

MAX_PASSPHRASE_BYTES = 4096
MAX_WORDS_LENGTH = 500  # letters

VaultOption = Annotated[Path, typer.Option("--vault", envvar="MLID_VAULT", help=_("Folder of the vault."))]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help=_("File whose first line is the passphrase; asked for otherwise.")),
]
OperatorOption = Annotated[
    str | None, typer.Option("--operator", help=_("Who is at the desk; needed where the vault knows several."))
]
SecondOption = Annotated[str | None, typer.Option("--second", help=_("The second person, where two are asked."))]
SecondPassphraseOption = Annotated[
    Path | None, typer.Option("--second-passphrase-file", help=_("File with the second person's passphrase."))
]
JsonOption = Annotated[bool, typer.Option("--json", help=_("One JSON document on standard output."))]
ForceOption = Annotated[
    bool, typer.Option("--force", help=_("Replace the file that is to be written, if it is there."))
]
FaceOption = Annotated[
    str | None, typer.Option("--face", help=_("Source of the face, such as camera:0 or dir:frames/."))
]
FingerOption = Annotated[
    list[str] | None,
    typer.Option("--finger", help=_("A finger and its source, such as right-index=simulated:finger?seed=7.")),
]
VoiceOption = Annotated[
    str | None, typer.Option("--voice", help=_("Source of the voice, such as microphone:0 or digits:DIR?speaker=NAME."))
]
FieldOption = Annotated[
    list[str] | None,
    typer.Option("--field", help=_("A value of one of the site's own fields, such as membership=A-17.")),
]
InsteadOption = Annotated[
    InsteadReason | None,
    typer.Option("--instead", help=_("Why the person is checked by something else than the policy asks.")),
]
AttestOption = Annotated[
    bool, typer.Option("--attest", help=_("I looked at the person and saw nothing artificial on face and fingers."))
]
PortraitOption = Annotated[
    bool,
    typer.Option(
        "--portrait/--no-portrait",
        help=_("Whether the person also agreed that a small portrait is kept; no by default."),
    ),
]


def read_passphrase(path: Path | None, prompt: str) -> str:
    """The passphrase: the first line of the file, else asked for on the terminal. Raises UsageError for a file that is
    not there or too large, and where none is named in a batch, which asks nobody."""
    if path is None:
        shared = shared_desk()
        if shared is not None and not shared.asks:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--passphrase-file")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", GetPassWarning)  # it prints lines of Python; the prompt says it too
                return getpass(prompt)
        except (
            GetPassWarning,
            EOFError,
            OSError,
            AttributeError,
            ValueError,
        ):  # no terminal, and no standard input or a closed one
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--passphrase-file") from None
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_PASSPHRASE_BYTES + 1)
    except (OSError, ValueError):
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    if len(untrusted) > MAX_PASSPHRASE_BYTES:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--passphrase-file")
    try:
        return first_line(untrusted)
    except UnicodeDecodeError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--passphrase-file") from None


def read_words(typed: str, option: str) -> str:
    """What somebody said in their own words, in one line, as it is kept. Raises UsageError(USAGE_BAD_ARGUMENT) that
    names the option for what cannot be shown or is longer than anybody says."""
    said = tidy(typed)
    if len(said) > MAX_WORDS_LENGTH or not is_shown(said):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=option)
    return said


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a file, a pipe or a device that somebody names, at most so many. Raises UsageError:
    USAGE_PATH_MISSING, USAGE_BAD_ARGUMENT for more."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(most + 1)
    except (OSError, ValueError):
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    if len(untrusted) > most:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=str(path))
    return untrusted


def first_line(untrusted: bytes) -> str:
    """The first line of a text file as any editor saves it: a byte order mark is no part of it, UTF-16 is read. Raises
    UnicodeDecodeError."""
    return unicode_text(untrusted).split("\n", 1)[0].rstrip("\r")


def require_output(out: Path, *named: Path | str | None, replace: bool) -> None:
    """Checks that an output file can be written, and is nothing that this command reads: ``named`` are the values of
    its other options, paths and addresses of sources. Raises DeviceError(DEVICE_BAD_ADDRESS), and UsageError as
    :func:`.output_files.require_writable`."""
    inputs = [path_of_source(value) if isinstance(value, str) else value for value in named if value]
    require_writable(out, inputs, replace=replace)


def read_sources(face: str | None, fingers: list[str] | None, voice: str | None = None) -> dict[Characteristic, str]:
    """The source addresses given by ``--face``, ``--finger`` and ``--voice``, by characteristic, in the order of
    capture. Raises UsageError for a finger that does not exist."""
    sources: dict[Characteristic, str] = {} if face is None else {FACE: face}
    for item in fingers or ():
        name, separator, address = item.partition("=")
        try:
            position = FingerPosition(name)
        except ValueError:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--finger {name}") from None
        if not separator or not address:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--finger {name}=…")
        sources[Characteristic(Modality.FINGERPRINT, position)] = address
    return sources if voice is None else {**sources, VOICE: voice}


def read_fields(given: list[str] | None) -> dict[str, str]:
    """What was given by ``--field``, by the names of fields. Raises UsageError for one without a value, or that stands
    twice."""
    typed: dict[str, str] = {}
    for item in given or ():
        name, separator, value = item.partition("=")
        if not separator or name in typed:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--field NAME=…")
        typed[name] = value
    return typed


def known_field(schema: FieldSchema, name: str) -> SiteField:
    """The field of this name. Raises UsageError where the site has none."""
    if name not in schema.by_name:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--field NAME=…")
    return schema.by_name[name]
