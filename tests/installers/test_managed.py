"""What an administrator places holds above what a desk says, and a rule that cannot be read never counts as none."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.configuration.managed import Managed, read_managed
from mlid_desktop.station.configuration.settings import read_settings

FLEET = """
[settings]
language = "de"
policy = "strict"
vault = "/srv/mlid/desk"
logs = "/var/log/mlid"
proxy = "http://proxy.example:3128"
kiosk = true
"""


def placed(folder: Path, text: str) -> Path:
    """The administrator's file."""
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_administrators_settings_hold_above_the_environment(tmp_path: Path) -> None:
    managed = read_managed(placed(tmp_path, FLEET))
    settings = read_settings({"MLID_LANGUAGE": "fr", "MLID_MODELS": "/own/models"}, managed)
    assert (settings.language, settings.policy, settings.kiosk) == ("de", "strict", True)
    assert (settings.vault_folder, settings.state) == (Path("/srv/mlid/desk"), Path("/var/log/mlid"))
    assert settings.models == Path("/own/models")
    assert settings.managed == {"language", "policy", "vault", "logs", "proxy", "kiosk"}


def test_without_a_file_nothing_is_managed(tmp_path: Path) -> None:
    assert read_managed(tmp_path / "absent.toml") == Managed()
    assert read_settings({}, Managed()).managed == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "[settings",
        "language = 'de'",
        "[settings]\nlangauge = 'de'",
        "[settings]\npolicy = 'lax'",
        "[settings]\nkiosk = 'yes'",
        "[settings]\nthreads = 900",
        "[settings]\nproxy = 'file:/etc/passwd'",
        "[settings]\nlanguage = '../../etc'",
        "[settings]\n[other]\n",
        "#" * 70_000,
    ],
)
def test_a_rule_that_cannot_be_read_stops_the_desk(tmp_path: Path, text: str) -> None:
    with pytest.raises(StationError) as refusal:
        read_managed(placed(tmp_path, text))
    assert refusal.value.code is Code.STATION_POLICY_INVALID
