"""What a desk signs with is made once, and gone when its keys are wiped."""

from __future__ import annotations

from mlid_desktop.vault.crypto.signing import is_signed
from mlid_desktop.vault.keys.desk_keys import DeskKeys, new_desk_keys


def test_a_desk_signs_as_its_key_says_again_and_again() -> None:
    desk = new_desk_keys()
    public = desk.sign_pk
    for content in (b"one", b"two", b""):
        assert is_signed([public], desk.sign(content), content)
    assert DeskKeys.read(desk.written()).sign(b"one") == desk.sign(b"one")
    assert DeskKeys.read(desk.written()) == desk


def test_what_was_wiped_signs_for_nobody_any_more() -> None:
    desk = new_desk_keys()
    public = desk.sign_pk
    desk.sign(b"before")
    desk.wipe()
    assert not is_signed([public], desk.sign(b"after"), b"after")
    assert not any(desk.seed)
