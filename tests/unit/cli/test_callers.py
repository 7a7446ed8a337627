"""``mlid callers`` and ``mlid answer``: admit, list, revoke; check an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code
from mlid_desktop.vault.callers.signed_answers import ANSWER_TYPE, ANSWERS, certificate, sign
from mlid_desktop.vault.crypto.signing import signing_key_of, verify_key_of
from tests.calling_program import CallingProgram, base64url
from tests.command_line import AtVault, mlid, new_vault


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> AtVault:
    return new_vault(tmp_path_factory.mktemp("callers") / "vault", demo=True)


def test_a_program_and_a_page_are_admitted_listed_and_revoked(made: AtVault, tmp_path: Path) -> None:
    desk = made.copied(tmp_path / "copy")
    assert desk.mlid("callers", "list", "--json").json["port"] == 0
    assert desk.mlid("callers", "on", "--port", "50123", "--json").json == {"port": 50123}
    key = tmp_path / "program.key"
    key.write_text(CallingProgram(0).key + "\n", encoding="ascii")
    alone = desk.mlid("callers", "admit", "Front desk", "--key-file", key)
    assert alone.code == 4
    assert Code.VAULT_SECOND_PERSON_NEEDED in alone.err
    told = desk.mlid(
        "callers", "admit", "Front desk", "--key-file", key, "--tell", "number", *desk.with_second, "--json"
    )
    assert told.code == 0, told.err
    assert told.json["kinds"] == ["enrol", "verify", "withdraw"]
    token = tmp_path / "token"
    page = ("--origin", "https://clinic.example", "--token-out", token, "--identify")
    assert desk.mlid("callers", "admit", "Web", *page, *desk.with_second).code == 0
    assert len(token.read_text(encoding="ascii").strip()) > 40
    listed = desk.mlid("callers", "list", "--json").json
    assert listed["port"] == 50123
    assert [(caller["name"], "identify" in caller["kinds"]) for caller in listed["callers"]] == [
        ("Front desk", False),
        ("Web", True),
    ]
    assert "token" not in json.dumps(listed)
    assert desk.mlid("callers", "revoke", "Web").code == 0
    assert desk.mlid("callers", "revoke", "Web").code == 2
    assert desk.mlid("callers", "off").code == 0
    assert [caller["name"] for caller in desk.mlid("callers", "list", "--json").json["callers"]] == ["Front desk"]


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--origin", "https://clinic.example"),
        ("--key-file", "missing"),
        ("--key-file", "k", "--origin", "https://clinic.example", "--token-out", "t"),
        ("--origin", "https://clinic.example", "--token-out", "t", "--purpose", "marketing"),
    ],
)
def test_what_is_not_complete_is_refused(
    made: AtVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = made.mlid("callers", "admit", "Front desk", *options, *made.with_second)
    assert refused.code == 2, refused.err


def test_an_answer_in_a_file_is_checked(tmp_path: Path) -> None:
    control, answers = signing_key_of(bytearray(b"c" * 32)), signing_key_of(bytearray(b"a" * 32))
    chain = [certificate(control, verify_key_of(answers), ANSWERS, "v")]
    claims = {"iss": "v", "aud": "me", "iat": 1000, "exp": 1300, "verdict": "accepted", "kind": "verify", "demo": True}
    file, key = tmp_path / "answer.json", base64url(verify_key_of(control))
    file.write_text(json.dumps({"answer": sign(answers, ANSWER_TYPE, claims), "chain": chain}), encoding="ascii")
    good = mlid("answer", "verify", file, "--key", key, "--caller", "me", "--at", "1200", "--json")
    assert good.json["claims"] == claims
    assert mlid("answer", "verify", file, "--key", key, "--at", "1301").code == 2
    assert mlid("answer", "verify", file, "--key", key, "--caller", "you", "--at", "1200").code == 2
    assert mlid("answer", "verify", file, "--key", base64url(b"x" * 32), "--at", "1200").code == 2
    file.write_text("{}", encoding="ascii")
    assert Code.USAGE_ANSWER_INVALID in mlid("answer", "verify", file, "--key", key).err
