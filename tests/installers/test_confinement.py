"""What the installed program is kept to on Linux: its own folders and what people see of their home, and nothing that
opens other doors."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.architecture.sources import ROOT

PROFILE = ROOT / "installers" / "linux" / "apparmor"
HOME = "/homes/ada"  # what @{HOME} stands for here
RULE = re.compile(r"^\s*(?P<deny>(?:audit )?deny )?(?:owner )?(?P<path>[/@]\S+) (?P<may>[a-zA-Z]+),$")
NEEDED = [
    f"{HOME}/vault/records.db",
    f"{HOME}/Documents/receipt.pdf",
    f"{HOME}/.local/share/mlid-desktop/vaults/desk/records.db-journal",
    f"{HOME}/.local/state/mlid-desktop/preferences.toml",
    f"{HOME}/.config/QtProject.conf",
    "/media/ada/stick/backup.mlid",
    "/run/media/ada/stick/backup.mlid",
    "/tmp/report.pdf",
    "/dev/video0",
    "/dev/bus/usb/001/004",
]
FORBIDDEN = [
    f"{HOME}/.ssh/id_ed25519",
    f"{HOME}/.gnupg/private-keys-v1.d/key",
    f"{HOME}/.bashrc",
    f"{HOME}/.profile",
    f"{HOME}/.config/autostart/anything.desktop",
    f"{HOME}/.config/systemd/user/anything.service",
    f"{HOME}/.mozilla/firefox/profile/logins.json",
    f"{HOME}/.local/share/keyrings/login.keyring",
    f"{HOME}/.local/share/applications/anything.desktop",
    f"{HOME}/bin/anything",
    "/etc/passwd",
    "/usr/lib/mlid-desktop/mlid-desktop",
]


def pattern_of(path: str) -> re.Pattern[str]:
    """The paths that one of AppArmor's patterns means."""
    made = re.escape(path.replace("@{HOME}", HOME))
    for written, means in (
        (r"\*\*", ".*"), (r"\*", "[^/]*"), (r"\[\^\.\]", "[^./]"), (r"\[0\-9\]", "[0-9]"),
        (r"\{", "(?:"), (r"\}", ")"), (",", "|"),
    ):  # fmt: skip  # two rows
        made = made.replace(written, means)
    return re.compile(made)


def may_write(path: str) -> bool:
    """Whether the profile's own rules let the program write there."""
    found = [rule for rule in map(RULE.match, PROFILE.read_text().splitlines()) if rule is not None]
    told = [rule for rule in found if "w" in rule["may"] and pattern_of(rule["path"]).fullmatch(path)]
    return bool(told) and not any(rule["deny"] for rule in told)


@pytest.mark.parametrize("path", NEEDED)
def test_what_a_desk_writes_is_let(path: str) -> None:
    assert may_write(path)


@pytest.mark.parametrize("path", FORBIDDEN)
def test_keys_other_programs_and_what_starts_them_are_out_of_reach(path: str) -> None:
    assert not may_write(path)


def test_what_is_not_let_is_denied_and_not_only_written_down() -> None:
    (head,) = [line for line in PROFILE.read_text().splitlines() if line.startswith("profile ")]
    assert "complain" not in head


@pytest.mark.skipif(shutil.which("apparmor_parser") is None, reason="AppArmor's parser is not installed")
def test_the_profile_is_one() -> None:
    parser = shutil.which("apparmor_parser")
    assert parser is not None
    subprocess.run([parser, "--skip-kernel-load", "--skip-cache", str(PROFILE)], check=True, capture_output=True)
