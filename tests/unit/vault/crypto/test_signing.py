"""What was checked before is not taken for anything else."""

from __future__ import annotations

from typing import cast

from mlid_desktop.vault.crypto.signing import is_signed, is_signed_as_before, signing_key_of, verify_key_of


def test_a_remembered_answer_is_that_of_the_very_same_bytes() -> None:
    signing, other = signing_key_of(bytearray(range(32))), signing_key_of(bytearray(range(1, 33)))
    key, content = verify_key_of(signing), b"what a supervisor certifies"
    signature = signing.sign(content)
    for _ in range(2):
        assert is_signed_as_before([key], signature, content)
        assert is_signed_as_before([verify_key_of(other), key], signature, content)
        assert not is_signed_as_before([verify_key_of(other)], signature, content)
        assert not is_signed_as_before([], signature, content)
        assert not is_signed_as_before([b""], signature, content)
        for part, whole in (("key", key), ("signature", signature), ("content", content)):
            for at in range(len(whole)):
                flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
                given = {"key": key, "signature": signature, "content": content} | {part: flipped}
                changed = ([given["key"]], given["signature"], given["content"])
                assert not is_signed_as_before(*changed)
                assert not is_signed(*changed)


def test_a_buffer_that_changes_is_not_remembered_by_what_it_was() -> None:
    signing, content = signing_key_of(bytearray(32)), cast(bytes, bytearray(b"a word"))
    key, signature = verify_key_of(signing), signing.sign(b"a word")
    assert is_signed_as_before([key], signature, content)
    cast(bytearray, content)[0] ^= 1
    assert not is_signed_as_before([key], signature, content)
