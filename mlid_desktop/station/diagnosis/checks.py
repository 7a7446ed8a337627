"""The tests of what a desk needs: each looks at one thing, changes nothing that stays, and never raises."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mlid_desktop.devices.source_kind import DeviceListing, DeviceState
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.station.assemble import Station
from mlid_desktop.station.diagnosis.findings import Finding, FindingState, Subject
from mlid_desktop.station.documents.fonts import unprintable
from mlid_desktop.station.installation.components import described_system, list_models, own_version
from mlid_desktop.station.installation.self_check import Installation, InstallationState, check_installation
from mlid_desktop.station.installation.signatures import KEY_FILE, read_public_key
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import DEVICE_STATES, MODALITIES

LEAST_DISK: Final = 200 * 1024**2  # bytes: below, a vault cannot be written safely
LITTLE_DISK: Final = 2 * 1024**3
LEAST_MEMORY: Final = 3 * 1024**3  # bytes of the machine: all three pipelines at work take about 1.5 GiB
BUILT_AFTER: Final = datetime(2025, 1, 1, tzinfo=UTC)  # no version of this program is older
SCRIPTS: Final = {
    _("Arabic"): "\u0639",
    _("Cyrillic"): "\u0416",
    _("Devanagari"): "\u0905",
    _("Bengali"): "\u0985",
    _("Ethiopic"): "\u1200",
    _("Han"): "\u6c49",
    _("Hangul"): "\uac00",
    _("Japanese kana"): "\u3042",
    _("Tamil"): "\u0b85",
    _("Thai"): "\u0e01",
}
SERVERS: Final = ("pulse/native", "pipewire-0")  # sockets of the sound servers, in the folder of the session


def program_findings(station: Station) -> Iterator[Finding]:
    """Version of the program, and whether its files are as published."""
    text = station.language.text
    yield Finding(Subject.PROGRAM, FindingState.GOOD, f"MLID Desktop {own_version() or '?'}")
    match check_installation(Installation.of_this_program(station.resources)).standing:
        case InstallationState.NOT_INSTALLED:
            said = text("This program runs from its sources: there is nothing to compare with.")
            yield Finding(Subject.PROGRAM, FindingState.LIMIT, said)
        case InstallationState.CHANGED | InstallationState.UNSIGNED:
            said = text("Files of the program are not as they were published.")
            yield Finding(
                Subject.PROGRAM, FindingState.FAULT, said, text("Install it again from the publisher's file.")
            )
        case _:
            yield Finding(Subject.PROGRAM, FindingState.GOOD, text("All files are as they were published."))


def system_findings(station: Station) -> Iterator[Finding]:
    """Operating system, processors and memory."""
    text = station.language.text
    yield Finding(Subject.SYSTEM, FindingState.GOOD, described_system())
    yield Finding(Subject.SYSTEM, FindingState.GOOD, text("Processors: {number}", number=os.cpu_count() or 1))
    memory = _memory()
    if memory is not None:
        size = text("Memory: {size}", size=_size(memory, station.language))
        scarce = memory < LEAST_MEMORY
        remedy = text("Close other programs; 4 GB are needed for face, fingers and voice.") if scarce else ""
        yield Finding(Subject.SYSTEM, FindingState.LIMIT if scarce else FindingState.GOOD, size, remedy)


def display_findings(station: Station, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Whether a window can appear."""
    text = station.language.text
    names = ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM")
    found = [name for name in names if environment.get(name)]
    if not sys.platform.startswith("linux") or found:
        said = text("A window can appear ({by}).", by=", ".join(found) or platform.system())
        yield Finding(Subject.DISPLAY, FindingState.GOOD, said)
    else:
        remedy = text("Begin a desktop session; the command line does the same work meanwhile.")
        yield Finding(Subject.DISPLAY, FindingState.LIMIT, text("There is no display for a window."), remedy)


def font_findings(station: Station) -> Iterator[Finding]:
    """Writing systems that cannot be printed with the fonts of this machine."""
    text = station.language.text
    missing = [text(name) for name, letter in SCRIPTS.items() if unprintable(letter)]
    if missing:
        said = text("Names in these scripts cannot be printed: {scripts}.", scripts=text(", ").join(missing))
        remedy = text("Install the Noto fonts of these scripts where such names occur.")
        yield Finding(Subject.FONTS, FindingState.LIMIT, said, remedy)
    else:
        yield Finding(Subject.FONTS, FindingState.GOOD, text("Names in all tested scripts can be printed."))


def language_findings(station: Station) -> Iterator[Finding]:
    """Language of the program, and the encoding of the system."""
    text = station.language.text
    encoding = sys.getfilesystemencoding()
    said = text("Language {code}, files named in {encoding}", code=station.language.code, encoding=encoding)
    if encoding.casefold().replace("-", "") == "utf8":
        yield Finding(Subject.LANGUAGE, FindingState.GOOD, said)
    else:
        remedy = text("Choose a UTF-8 locale for this account, or names of files are not kept as typed.")
        yield Finding(Subject.LANGUAGE, FindingState.LIMIT, said, remedy)


def clock_findings(station: Station) -> Iterator[Finding]:
    """Whether the clock can be right, and whether the machine's own count of seconds goes on."""
    text, now = station.language.text, station.clock.now()
    if now < BUILT_AFTER:
        said = text("The clock is wrong: it says {moment}.", moment=station.language.moment(now))
        remedy = text("Set the clock, or let the system set it from the network.")
        yield Finding(Subject.CLOCK, FindingState.FAULT, said, remedy)
    else:
        zone = now.astimezone().strftime("UTC%z")
        said = text("{moment}, time zone {zone}", moment=station.language.moment(now), zone=zone)
        yield Finding(Subject.CLOCK, FindingState.GOOD, said)


def rights_findings(station: Station) -> Iterator[Finding]:
    """Whether this account may write where the program keeps its state and its vaults, and nobody else may read."""
    text = station.language.text
    folders = {text("settings and logs"): station.settings.state, text("vaults"): station.settings.vaults}
    for name, folder in folders.items():
        if not _may_write(folder):
            said = text("The folder for {what} cannot be written.", what=name)
            yield Finding(Subject.RIGHTS, FindingState.FAULT, said, text("Ask your administrator for access to it."))
        elif _others_may_read(folder):
            said = text("Other accounts of this machine may look into the folder for {what}.", what=name)
            remedy = text("Take away the rights of group and others; the content is encrypted all the same.")
            yield Finding(Subject.RIGHTS, FindingState.LIMIT, said, remedy)
        else:
            said = text("The folder for {what} can be written, by this account alone.", what=name)
            yield Finding(Subject.RIGHTS, FindingState.GOOD, said)


def disk_findings(station: Station) -> Iterator[Finding]:
    """Free room where the vaults are."""
    text = station.language.text
    try:
        free = shutil.disk_usage(_existing(station.settings.vaults)).free
    except OSError:
        yield Finding(Subject.DISK, FindingState.FAULT, text("The disk of the vaults cannot be read."))
        return
    said = text("Free where the vaults are: {size}", size=_size(free, station.language))
    remedy = text("Make room, or keep the vaults on another disk.")
    if free < LEAST_DISK:
        yield Finding(Subject.DISK, FindingState.FAULT, said, remedy)
    elif free < LITTLE_DISK:
        yield Finding(Subject.DISK, FindingState.LIMIT, said, remedy)
    else:
        yield Finding(Subject.DISK, FindingState.GOOD, said)


def model_findings(station: Station) -> Iterator[Finding]:
    """Models that are missing or changed; every file is read and compared with its hash."""
    text = station.language.text
    models = list_models(station.models())
    by_state = {
        state: sorted(model.file for model in models if model.state == state)
        for state in ("installed", "missing", "changed")
    }
    if by_state["changed"]:
        said = text("Changed models: {files}", files=", ".join(by_state["changed"]))
        remedy = text("Install the models again: they are not used as they are.")
        yield Finding(Subject.MODELS, FindingState.FAULT, said, remedy)
    if by_state["missing"]:
        said = text("Missing models: {files}", files=", ".join(by_state["missing"]))
        remedy = text("Install the models: without them only what needs none can be captured.")
        yield Finding(Subject.MODELS, FindingState.LIMIT, said, remedy)
    if not by_state["changed"] and not by_state["missing"]:
        said = text("Models as published: {number}", number=len(by_state["installed"]))
        yield Finding(Subject.MODELS, FindingState.GOOD, said)


def device_findings(station: Station, listed: tuple[DeviceListing, ...]) -> Iterator[Finding]:
    """Connected cameras, readers and microphones by number and state; names and serials are not told."""
    text = station.language.text
    real = [device for device in listed if device.kind is not SourceKind.SIMULATED]
    for modality in Modality:
        states = Counter(device.state for device in real if device.modality is modality)
        name = text(MODALITIES[modality])
        if not states:
            said = text("{modality}: no device is connected.", modality=name)
            yield Finding(Subject.DEVICES, FindingState.LIMIT, said, text("Connect one where it is to be captured."))
        for state, number in sorted(states.items()):
            said = f"{name}: {number} · {text(DEVICE_STATES[state.value])}"
            good = state is DeviceState.READY
            remedy = "" if good else text("Close other programs that use it, or ask your administrator for access.")
            yield Finding(Subject.DEVICES, FindingState.GOOD if good else FindingState.LIMIT, said, remedy)
    virtual = sum(device.kind is SourceKind.VIRTUAL for device in real)
    if virtual:
        said = text("Devices that are programs, not hardware: {number}", number=virtual)
        yield Finding(Subject.DEVICES, FindingState.LIMIT, said, text("They are never taken for a living person."))


def sound_findings(station: Station, environment: Mapping[str, str]) -> Iterator[Finding]:
    """The sound server of the session, on Linux."""
    text = station.language.text
    if not sys.platform.startswith("linux"):
        yield Finding(Subject.SOUND, FindingState.GOOD, text("Sound comes from the system."))
        return
    session = Path(environment.get("XDG_RUNTIME_DIR") or "/nonexistent")
    found = [name.partition("/")[0] for name in SERVERS if (session / name).exists()]
    if found:
        said = text("A sound server runs: {name}", name=", ".join(found))
        yield Finding(Subject.SOUND, FindingState.GOOD, said)
    else:
        remedy = text("Voices need PulseAudio or PipeWire, or a microphone that ALSA lists.")
        yield Finding(Subject.SOUND, FindingState.LIMIT, text("No sound server runs in this session."), remedy)


def update_findings(station: Station) -> Iterator[Finding]:
    """Whether updates can be checked, and what the administrator manages."""
    text = station.language.text
    if read_public_key(station.resources / KEY_FILE) is None:
        said = text("There is no publisher's key here: updates from a file cannot be checked.")
        yield Finding(Subject.UPDATES, FindingState.LIMIT, said, text("Install the program from the publisher's file."))
    else:
        yield Finding(Subject.UPDATES, FindingState.GOOD, text("Updates are checked by the publisher's key."))
    managed = ", ".join(sorted(station.settings.managed))
    if managed:
        said = text("Managed by your administrator: {names}", names=managed)
        yield Finding(Subject.UPDATES, FindingState.GOOD, said)


def _may_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)) as file:
            file.write(b"\0")
    except OSError:
        return False
    return True


def _others_may_read(folder: Path) -> bool:
    """Whether a folder that is there says so; one that the program makes is for its owner alone."""
    return os.name == "posix" and folder.exists() and bool(folder.stat().st_mode & 0o077)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there; of a drive that is not there the folder itself."""
    return next((path for path in (folder, *folder.absolute().parents) if path.exists()), folder)


def _memory() -> int | None:
    """Bytes of memory of the machine; None where the system does not tell without help."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _size(number: int, language: Language) -> str:
    return language.text("{number} GB", number=f"{number / 1e9:.1f}")
