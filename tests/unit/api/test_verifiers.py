"""The verifiers that the how-to hands out, in Python and in JavaScript, against answers of the product."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from mlid_desktop.vault.callers.signed_answers import ANSWER_TYPE, ANSWERS, CONTROL, certificate, sign
from mlid_desktop.vault.crypto.signing import signing_key_of, verify_key_of
from tests.architecture.sources import ROOT
from tests.calling_program import base64url

FOLDER = ROOT / "docs" / "how-to"
OLD, CONTROL_KEY, NEXT, KEY = (signing_key_of(bytearray(letter * 32)) for letter in (b"o", b"c", b"n", b"a"))
CLAIMS = {"iss": "v", "aud": "me", "nonce": "n", "request": "r", "iat": 1000, "exp": 1300, "verdict": "accepted"}
CHAIN = [
    certificate(OLD, verify_key_of(CONTROL_KEY), CONTROL, "v"),
    certificate(CONTROL_KEY, verify_key_of(NEXT), CONTROL, "v"),
    certificate(NEXT, verify_key_of(KEY), ANSWERS, "v"),
]
REPLY = {"answer": sign(KEY, ANSWER_TYPE, CLAIMS), "chain": CHAIN}
TRUSTED = base64url(verify_key_of(CONTROL_KEY))
FORGED = {**REPLY, "answer": sign(OLD, ANSWER_TYPE, CLAIMS)}
CASES = [  # reply, caller, nonce, now; whether it holds
    (REPLY, "me", "n", 1200, True),
    (REPLY, "you", "n", 1200, False),
    (REPLY, "me", "m", 1200, False),
    (REPLY, "me", "n", 1301, False),
    (FORGED, "me", "n", 1200, False),
    ({**REPLY, "chain": CHAIN[:2]}, "me", "n", 1200, False),
    ({**REPLY, "answer": sign(KEY, "JWT", CLAIMS)}, "me", "n", 1200, False),
]


def verifier() -> Any:
    spec = importlib.util.spec_from_file_location("verify_answer", FOLDER / "verify_answer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_python_verifier_takes_what_holds_and_nothing_else() -> None:
    verify = verifier().verify
    for reply, caller, nonce, now, holds in CASES:
        if holds:
            assert verify(reply, TRUSTED, caller, nonce, "r", now=now) == CLAIMS
        else:
            with pytest.raises((ValueError, InvalidSignature)):
                verify(reply, TRUSTED, caller, nonce, "r", now=now)


def test_the_verifiers_are_short() -> None:
    for name in ("verify_answer.py", "verify_answer.mjs"):
        lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
        assert sum(bool(line.strip()) for line in lines) <= 50, name


def test_the_javascript_verifier_takes_the_same(tmp_path: Path) -> None:
    """Where this machine has Node with Ed25519; its text stands beside the other, line by line."""
    node = shutil.which("node")
    source = (FOLDER / "verify_answer.mjs").read_text(encoding="utf-8")
    assert "mlid-answer+jwt" in source
    if node is None:
        return
    cases = json.dumps(CASES)
    script = f"""
    import {{ verify }} from {json.dumps((FOLDER / "verify_answer.mjs").as_uri())};
    for (const [reply, caller, nonce, now, holds] of {cases}) {{
      const told = await verify(reply, {json.dumps(TRUSTED)}, caller, nonce, "r", now).then(() => true, () => false);
      if (told !== holds) throw new Error(JSON.stringify([caller, nonce, now, holds]));
    }}
    """
    file = tmp_path / "cases.mjs"
    file.write_text(script, encoding="utf-8")
    subprocess.run([node, str(file)], check=True, timeout=60)
