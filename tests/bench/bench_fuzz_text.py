"""Every reader of text and lists, fed with text that is bent in every way: typed faults alone may come of it.

``MLID_FUZZ_INPUTS`` says how many inputs (a million unless told); one in 500 goes through the real command, in process,
where the exit code must be a documented one, nothing may be half written and no traceback shown.
"""

from __future__ import annotations

import base64
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mlid_desktop.cli.options import first_line
from mlid_desktop.decision.calibration import read_calibration
from mlid_desktop.decision.policy import read_policy
from mlid_desktop.devices.formats.encoded_text import decoded_text
from mlid_desktop.devices.sbi.signatures import TrustAnchors
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import Details
from mlid_desktop.domain.text import decoded, number_key, searched, tidy, tidy_number, unicode_text
from mlid_desktop.evaluation.datasets import read_lines
from mlid_desktop.station.configuration.managed import read_managed
from mlid_desktop.station.services.importing.bulk_import import ALLOWED, NEEDED, read_list
from mlid_desktop.station.services.importing.list_reading import read_table
from tests.bench import fuzz_custody
from tests.bench.report import Report
from tests.command_line import AtVault, mlid, new_vault
from tests.makers import ROOT

INPUTS = 1_000_000
THROUGH_A_COMMAND = 500  # one input in so many
SEED = 20261128
EXIT_CODES = frozenset({0, 1, 2, 3, 4})
RESOURCES = ROOT / "resources"
ALPHABETS = (
    "abcXYZ019 ", "١٢٣۴۵०१๓", "\u200c\u200d\u200e\u202e\u2066\ufeff\u00ad", "\u00a0\u3000\u2028\u2029\x85\t\r\n\0\x1b",
    "IİıiŁłØøĐđßẞÆæ", "’'ʻʼ`\u0301\u0323\u0327", "ةهىيیکكـٱأ", "山田やまだヤマダ", "\ud800\udfff\U0010ffff\ufffe",
    ',;|\t"sep=\r\n', "กำแพง한국አማርኛதமிழ்", "=+-@{}[]\\/..",
    "%&#;?!NULan“”„«»'\"", "ýþðøõûèæêãñ\u00b9\u00b3\u00ba", "0x4D,-12[]{}\\x'",
)  # fmt: skip  # an alphabet a kind of trouble


def odd_text(chance: random.Random) -> str:
    """Text out of some alphabets, of any length up to some hundred characters."""
    letters = "".join(chance.sample(ALPHABETS, chance.randrange(1, 4)))
    return "".join(chance.choices(letters, k=int(chance.expovariate(1 / 20))))


def odd_bytes(plain: bytes, chance: random.Random) -> bytes:
    """A file that is bent, saved in another encoding, or nothing but odd text."""
    way = chance.randrange(6)
    if way == 0:
        return odd_text(chance).encode(chance.choice(("utf-8", "utf-16", "utf-32", "utf-8-sig")), "surrogatepass")
    if way == 1:
        return plain.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-8-sig", "utf-16-be")), "replace")
    if way == 2:
        at = chance.randrange(len(plain) + 1)
        return plain[:at] + odd_text(chance).encode("utf-8", "surrogatepass") + plain[at:]
    return fuzz_custody.bent_bytes(plain, chance)


@cache
def shipped(folder: str) -> bytes:
    """A file that is shipped."""
    return min((RESOURCES / folder).glob("*.toml")).read_bytes()


def typed(chance: random.Random, _: Path) -> None:
    """Names, numbers and searches, and what they promise."""
    text = odd_text(chance)
    if tidy(tidy(text)) != tidy(text) or number_key(number_key(text)) != number_key(text):
        raise AssertionError(ascii(text))
    searched(text)
    tidy_number(text)
    try:
        kept = Details(text, text)
    except ValueError:
        return
    if Details(kept.number, kept.name) != kept:
        raise AssertionError(ascii(text))


def files(chance: random.Random, _: Path) -> None:
    """Passphrase files, and the two ways to decode."""
    content = odd_bytes("größe 12 ﺷ\r\nmore\r\n".encode(), chance)
    for read in (decoded, unicode_text, first_line):
        try:
            read(content)
        except UnicodeDecodeError:
            continue


def policies(chance: random.Random, _: Path) -> None:
    read_policy(odd_bytes(shipped("policy"), chance))


def calibrations(chance: random.Random, _: Path) -> None:
    read_calibration(odd_bytes(shipped("calibration")[:4000], chance))


def anchors(chance: random.Random, _: Path) -> None:
    TrustAnchors.read(odd_bytes(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", chance))


def managed(chance: random.Random, folder: Path) -> None:
    (folder / "managed.toml").write_bytes(odd_bytes(b'[settings]\npolicy = "strict"\nlanguage = "ar"\n', chance))
    read_managed(folder / "managed.toml")


def names(chance: random.Random, folder: Path) -> None:
    (folder / "names.txt").write_bytes(odd_bytes("Ann\nBahar\nŁukasz\n".encode(), chance))
    read_lines(folder / "names.txt")


def lists(chance: random.Random, folder: Path) -> None:
    path = folder / "list.csv"
    path.write_bytes(odd_bytes(fuzz_custody.import_list(), chance))
    read_table(path, ALLOWED, NEEDED)
    read_list(folder, path, datetime(2026, 11, 1, tzinfo=UTC))


def encoded(chance: random.Random, _: Path) -> None:
    """Records that were passed on as text."""
    record = b"FMR\0 20\0" + bytes(24)
    written = chance.choice((record.hex().encode(), base64.b64encode(record), str(list(record)).encode()))
    decoded_text(odd_bytes(written, chance), (b"FMR\0",))


Reader = Callable[[random.Random, Path], None]
FAST: tuple[Reader, ...] = (
    typed, typed, files, encoded, anchors, fuzz_custody.checkpoint, fuzz_custody.ledger, fuzz_custody.export,
)  # fmt: skip
SLOW: tuple[Reader, ...] = (policies, calibrations, managed, names, lists, fuzz_custody.text)
SLOW_EVERY = 8  # through a file, or a slow parser


def command(desk: AtVault, chance: random.Random, folder: Path) -> int:
    """One real command with odd text in its files and arguments; its exit code. AssertionError where it left something
    behind or showed a traceback."""
    (folder / "list.csv").write_bytes(odd_bytes(fuzz_custody.import_list(), chance))
    (folder / "pass").write_bytes(odd_bytes(b"correct horse battery staple\n", chance))
    (folder / "policy.toml").write_bytes(odd_bytes(shipped("policy"), chance))
    (folder / "point").write_bytes(odd_bytes(b'{"format":1}\n', chance))
    word = odd_text(chance)[:60].replace("\0", "") or "x"
    word = word.encode("utf-8", "replace").decode()
    asked: tuple[str | Path, ...] = chance.choice(
        (
            ("import", folder, "--csv", folder / "list.csv", "--dry-run"),
            ("records", "show", "--", word),
            ("records", "list", "--json"),
            ("policy", "load", folder / "policy.toml"),
            ("audit", "check", "--against", folder / "point"),
            ("subject", "renew", "--", word),
        )
    )
    before = {path.name for path in folder.iterdir()}
    if chance.random() < 0.1:
        wrong = AtVault(desk.folder, folder / "pass", desk.operator)
        done = mlid(*_before_dashes(asked, wrong.options))
        (desk.folder / "tries").unlink(missing_ok=True)  # or a day's delay would answer for all that follow
    else:
        done = mlid(*_before_dashes(asked, desk.options))
    left = {path.name for path in folder.iterdir()} - before
    if done.code not in EXIT_CODES or "Traceback" in done.err + done.out or left:
        raise AssertionError((asked, done, left))
    return done.code


def _before_dashes(asked: tuple[str | Path, ...], options: tuple[str | Path, ...]) -> tuple[str | Path, ...]:
    if "--" not in asked:
        return (*asked, *options)
    at = asked.index("--")
    return (*asked[:at], *options, *asked[at:])


def fuzz(count: int, seed: int, folder: Path, desk: AtVault | None) -> Counter[str]:
    """What came of the inputs. Raises whatever is no typed fault, with the number of the input in its notes."""
    came: Counter[str] = Counter()
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        through = desk is not None and number % THROUGH_A_COMMAND == 0
        reader = chance.choice(SLOW if number % SLOW_EVERY == 1 else FAST)
        try:
            if through and desk is not None:
                came[f"command: exit {command(desk, chance, folder)}"] += 1
                continue
            reader(chance, folder)
        except MlidError as fault:
            came[f"{reader.__name__}: {fault.code.value}"] += 1
        except Exception as fault:
            fault.add_note(f"input {number} of seed {seed}, {reader.__name__}")
            raise
        else:
            came[f"{reader.__name__}: read"] += 1
    return came


def run(report: Report) -> None:
    """Feeds them all."""
    count = int(os.environ.get("MLID_FUZZ_INPUTS", INPUTS))
    with tempfile.TemporaryDirectory() as home:
        desk = new_vault(Path(home) / "vault", demo=True)
        folder = Path(home) / "odd"
        folder.mkdir()
        began = time.monotonic()
        came = fuzz(count, SEED, folder, desk)
        took = time.monotonic() - began
    for what, times in sorted(came.items()):
        report.note(f"{times:,} {what}")
    commands = sum(times for what, times in came.items() if what.startswith("command"))
    report.figure("inputs, of which none ended in anything but a typed fault", sum(came.values()), "inputs")
    report.figure("of them through the real command", commands, "inputs")
    report.figure("a million would take", took / count * INPUTS / 60, "min", at_most=60)
