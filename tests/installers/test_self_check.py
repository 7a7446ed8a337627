"""The installed program knows whether it is what was published, and enrolment waits for that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.installation.file_manifest import (
    MANIFEST_FILE,
    SIGNATURE_FILE,
    FileDifference,
    FileFinding,
    FileManifest,
    ManifestInvalidError,
    describe_folder,
)
from mlid_desktop.station.installation.self_check import Installation, InstallationState, SelfCheck, check_installation
from tests.installers.installation import FILES, Installed, install


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return install(tmp_path / "program")


def test_what_was_published_is_whole(installed: Installed) -> None:
    outcome = check_installation(installed.installation)
    assert (outcome.standing, outcome.version, outcome.checked) == (InstallationState.WHOLE, "1.0.0", len(FILES) + 1)
    SelfCheck(installed.installation).require_whole()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_any_changed_byte_anywhere_is_named(installed: Installed, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name, content in FILES.items() if content]))
    path, before = installed.folder / name, FILES[name]
    position, change = data.draw(st.integers(0, len(before) - 1)), data.draw(st.integers(1, 255))
    path.write_bytes(before[:position] + bytes([before[position] ^ change]) + before[position + 1 :])
    outcome = check_installation(installed.installation)
    path.write_bytes(before)
    assert outcome.findings == (FileFinding(name, FileDifference.CHANGED),)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_no_byte_of_the_list_or_its_signature_can_be_changed(installed: Installed, data: st.DataObject) -> None:
    path = installed.folder / data.draw(st.sampled_from([MANIFEST_FILE, SIGNATURE_FILE]))
    before = path.read_bytes()
    position = data.draw(st.integers(0, len(before) - 1))
    path.write_bytes(
        before[:position] + bytes([before[position] ^ data.draw(st.integers(1, 255))]) + before[position + 1 :]
    )
    outcome = check_installation(installed.installation)
    path.write_bytes(before)
    assert outcome.standing is InstallationState.UNSIGNED


def test_missing_added_and_redirected_files_are_named(installed: Installed) -> None:
    (installed.folder / "_internal/empty").unlink()
    (installed.folder / "_internal/planted.py").write_bytes(b"")
    (installed.folder / "mlid").unlink()
    (installed.folder / "mlid").symlink_to("/bin/true")
    found = {finding.path: finding.difference for finding in check_installation(installed.installation).findings}
    assert found == {
        "_internal/empty": FileDifference.MISSING,
        "_internal/planted.py": FileDifference.ADDED,
        "mlid": FileDifference.CHANGED,
    }


def test_a_file_that_became_a_link_to_the_same_bytes_is_named(installed: Installed) -> None:
    path = installed.folder / "_internal/library.so"
    elsewhere = installed.folder.parent / "elsewhere.so"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert check_installation(installed.installation).findings == (
        FileFinding("_internal/library.so", FileDifference.CHANGED),
    )


def test_files_outside_the_programs_folder_belong_to_it_too(tmp_path: Path) -> None:
    installed = install(tmp_path / "program")
    rule = tmp_path / "70-mlid.rules"
    rule.write_bytes(b"rule\n")
    manifest = describe_folder(installed.folder, "1.0.0", "linux-x86_64", {str(rule): rule})
    assert FileManifest.parse(manifest.to_bytes()) == manifest
    from installers.signing import sign_program

    sign_program(installed.folder, "1.0.0", installed.key, {str(rule): rule})
    assert check_installation(installed.installation).standing is InstallationState.WHOLE
    rule.write_bytes(b"rulf\n")
    assert check_installation(installed.installation).findings == (FileFinding(str(rule), FileDifference.CHANGED),)


def test_somebody_elses_signature_counts_for_nothing(installed: Installed) -> None:
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert check_installation(Installation(installed.folder, stranger)).standing is InstallationState.UNSIGNED
    assert check_installation(Installation(installed.folder, None)).standing is InstallationState.UNSIGNED
    (installed.folder / MANIFEST_FILE).unlink()
    assert check_installation(installed.installation).standing is InstallationState.UNSIGNED


def test_enrolment_stays_closed_and_says_which_files(installed: Installed) -> None:
    for name in FILES:
        (installed.folder / name).write_bytes(b"other")
    with pytest.raises(StationError) as closed:
        SelfCheck(installed.installation).require_whole()
    assert closed.value.code is Code.STATION_CHANGED
    assert "_internal/library.so" in str(closed.value.facts["files"])


def test_enrolment_waits_for_a_check_that_still_reads(installed: Installed) -> None:
    waiting = SelfCheck(installed.installation)
    waiting._begun.acquire()  # as if another thread had begun and were still reading
    with pytest.raises(StationError) as closed:
        waiting.require_whole(patience_s=0.01)
    assert closed.value.code is Code.STATION_CHECK_RUNNING


def test_sources_have_nothing_to_compare_with() -> None:
    unchecked = SelfCheck(None)
    unchecked.require_whole()
    assert unchecked.outcome.standing is InstallationState.NOT_INSTALLED


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps({"format": 2, "version": "1", "system": "x", "files": {}}).encode(),
        json.dumps({"format": 1, "version": "1", "system": "x", "files": {"../up": "0" * 64}}).encode(),
        json.dumps({"format": 1, "version": "1", "system": "x", "files": {"a": "short"}}).encode(),
        json.dumps({"format": 1, "version": "1 2", "system": "x", "files": {}}).encode(),
        json.dumps({"format": 1, "version": "1", "system": "x", "files": [], "more": 1}).encode(),
    ],
)
def test_what_is_no_list_is_refused(untrusted: bytes) -> None:
    with pytest.raises(ManifestInvalidError):
        FileManifest.parse(untrusted)
