"""A policy says what a site asks for; nothing of it is used unchecked, and some things no policy can say."""

from __future__ import annotations

import pytest

from mlid_desktop.decision.policy import MAX_POLICY_BYTES, read_policy
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, ModelError
from tests.makers import ROOT, policy

SHIPPED = sorted(path.stem for path in (ROOT / "resources" / "policy").glob("*.toml"))
EVALUATION = "evaluation"  # of demo vaults with built-in models alone
STANDARD = (ROOT / "resources" / "policy" / "standard.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_policy_holds_what_is_asked_of_all(name: str) -> None:
    shipped = policy(name)
    assert shipped.name == name
    assert Modality.VOICE not in shipped.comparison.primary
    assert Modality.FACE in shipped.attack
    assert shipped.comparison.rate(Modality.FACE) <= (1e-3 if name == EVALUATION else 2e-5)
    assert max(shipped.comparison.rate(modality) for modality in shipped.comparison.primary) <= 1e-3
    assert shipped.attempts.free <= 10
    assert shipped.virtual_devices == "refuse"
    assert shipped.attempts.delay_s >= 30


@pytest.mark.parametrize(
    ("change", "into"),
    [
        ('primary = ["face", "fingerprint"]', 'primary = ["voice"]'),
        ('primary = ["face", "fingerprint"]', 'primary = ["face", "face"]'),
        ("[attack.face]", "[attack.fingerprint]"),
        ("[capture.fingerprint]", "[capture.finger]"),
        ("face = 0.00002, fingerprint", "face = 0.0, fingerprint"),
        ("fmr = { face = 0.00002, fingerprint = 0.001, voice = 0.05 }", "fmr = { face = 0.00002 }"),
        ("free = 10", "free = 500"),
        ("delay_s = 30.0", "delay_s = 1.0"),
        ("lock_out = 100", "lock_out = 5"),
        ("candidates = 10", "candidates = 100"),
        ("format = 1", "format = 2"),
        ("format = 1", "format = 1\nunknown = true"),
        ("format = 1", 'format = 1\nvirtual_devices = "always"'),
        ("format = 1", "format = 1\nhours_without_register = 0"),
        ("format = 1", "format = 1\nhours_without_register = 25"),
        ("window = 6", "windows = 6"),
        ("threshold = 0.5", "threshold = nan"),
        ('name = "standard"', 'name = "../standard"'),
    ],
)
def test_a_policy_that_weakens_or_misspells_is_refused(change: str, into: str) -> None:
    assert change in STANDARD
    with pytest.raises(ModelError) as fault:
        read_policy(STANDARD.replace(change, into, 1).encode())
    assert fault.value.code is Code.MODEL_POLICY_INVALID


@pytest.mark.parametrize(
    "untrusted", [b"", b"\xff\xfe", b"= =", b"x" * (MAX_POLICY_BYTES + 1), STANDARD[:200].encode()]
)
def test_damaged_files_are_refused(untrusted: bytes) -> None:
    with pytest.raises(ModelError):
        read_policy(untrusted)


def test_the_identity_changes_with_every_byte() -> None:
    assert read_policy(STANDARD.encode()).identity != read_policy(STANDARD.encode() + b"\n").identity
