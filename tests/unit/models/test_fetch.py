from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models.fetch import FetchTimeouts, fetch, fetch_page
from mlid_desktop.models.pins import PinnedFile
from tests.contracts.mjpeg_server import closed_port
from tests.unit.models.mirror import Mirror, serving
from tests.unit.models.small import digest

CONTENT = bytes(range(256)) * 1000
ONE_TRY = FetchTimeouts(60.0, 60.0, ())
THREE_TRIES = FetchTimeouts(60.0, 60.0, (0.0, 0.0))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving(Mirror({"model.bin": CONTENT})) as running:
        yield running


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def pin(mirror: Mirror, content: bytes = CONTENT) -> PinnedFile:
    return PinnedFile("model.bin", digest(content), len(content), (mirror.url("model.bin"),))


def ignore(size: int) -> None:
    """Progress that nobody watches."""


def refusal(pinned: PinnedFile, work: Path, patience: FetchTimeouts = ONE_TRY) -> ModelError:
    with pytest.raises(ModelError) as caught:
        fetch(pinned, work, ignore, patience)
    assert caught.value.code is Code.MODEL_FETCH_FAILED
    assert caught.value.facts["file"] == "model.bin"
    return caught.value


def names(work: Path) -> list[str]:
    return sorted(path.name for path in work.iterdir()) if work.is_dir() else []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "ftp://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_a_failed_fetch(
    mirror: Mirror, work: Path, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    refusal(pin(mirror), work)
    assert fetch_page(mirror.url("model.bin"), len(CONTENT), ONE_TRY) is None


def test_a_file_is_fetched_verified_and_kept(mirror: Mirror, work: Path) -> None:
    told: list[int] = []
    assert fetch(pin(mirror), work, told.append, ONE_TRY) == CONTENT
    assert names(work) == ["model.bin"]
    assert told == sorted(told)
    assert told[-1] == len(CONTENT)


def test_a_file_that_is_there_already_is_not_fetched_again(mirror: Mirror, work: Path) -> None:
    fetch(pin(mirror), work, ignore, ONE_TRY)
    assert fetch(pin(mirror), work, ignore, ONE_TRY) == CONTENT
    assert len(mirror.seen) == 1


def test_an_interrupted_fetch_goes_on_where_it_stopped(mirror: Mirror, work: Path) -> None:
    mirror.cut_after = [100_000]
    assert fetch(pin(mirror), work, ignore, THREE_TRIES) == CONTENT
    assert [wanted for _, wanted in mirror.seen] == [None, "bytes=100000-"]


def test_a_later_call_goes_on_where_an_earlier_one_stopped(mirror: Mirror, work: Path) -> None:
    mirror.cut_after = [70_000]
    assert refusal(pin(mirror), work).facts["why"] == "the connection broke off"
    assert fetch(pin(mirror), work, ignore, ONE_TRY) == CONTENT
    assert mirror.seen[-1][1] == "bytes=70000-"


def test_every_cut_is_survived_as_long_as_tries_are_left(mirror: Mirror, work: Path) -> None:
    mirror.cut_after = [1, 100_000]
    assert fetch(pin(mirror), work, ignore, THREE_TRIES) == CONTENT
    assert [wanted for _, wanted in mirror.seen] == [None, "bytes=1-", "bytes=100001-"]


def test_a_file_complete_but_not_yet_verified_is_not_asked_for_again(mirror: Mirror, work: Path) -> None:
    work.mkdir()
    (work / "model.bin.part").write_bytes(CONTENT)
    assert fetch(pin(mirror), work, ignore, ONE_TRY) == CONTENT
    assert mirror.seen == []


def test_a_server_that_ignores_ranges_sends_the_whole_file(mirror: Mirror, work: Path) -> None:
    mirror.ranges = False
    mirror.cut_after = [100_000]
    assert fetch(pin(mirror), work, ignore, THREE_TRIES) == CONTENT
    assert len(mirror.seen) == 2


def test_a_resume_without_a_tag_is_held_together_by_the_hash(mirror: Mirror, work: Path) -> None:
    mirror.tagged = False
    mirror.cut_after = [100_000]
    assert fetch(pin(mirror), work, ignore, THREE_TRIES) == CONTENT


def test_halves_of_two_versions_are_fetched_anew(mirror: Mirror, work: Path) -> None:
    work.mkdir()
    (work / "model.bin.part").write_bytes(b"an older version, not yet complete")
    assert fetch(pin(mirror), work, ignore, THREE_TRIES) == CONTENT
    assert [wanted is None for _, wanted in mirror.seen] == [False, True]


def test_a_version_that_changed_meanwhile_starts_over(mirror: Mirror, work: Path) -> None:
    mirror.files["model.bin"] = CONTENT[::-1]
    mirror.cut_after = [100_000]
    refusal(pin(mirror), work)
    mirror.files["model.bin"] = CONTENT
    assert fetch(pin(mirror), work, ignore, ONE_TRY) == CONTENT


def test_a_wrong_hash_is_refused_and_nothing_of_it_is_kept(mirror: Mirror, work: Path) -> None:
    mirror.files["model.bin"] = CONTENT[::-1]
    assert refusal(pin(mirror), work, THREE_TRIES).facts["why"] == "wrong hash"
    assert names(work) == []
    assert len(mirror.seen) == 1


@pytest.mark.parametrize("silent_length", [False, True])
def test_more_than_the_pinned_size_is_refused(mirror: Mirror, work: Path, silent_length: bool) -> None:
    mirror.files["model.bin"] = CONTENT + b"and more"
    mirror.silent_length = silent_length
    assert "size" in str(refusal(pin(mirror), work, THREE_TRIES).facts["why"])
    assert names(work) == []


def test_less_than_the_pinned_size_is_refused(mirror: Mirror, work: Path) -> None:
    mirror.files["model.bin"] = CONTENT[:-1]
    assert "size" in str(refusal(pin(mirror), work, THREE_TRIES).facts["why"])


def test_a_busy_server_is_asked_again(mirror: Mirror, work: Path) -> None:
    mirror.busy = 2
    assert fetch(pin(mirror), work, ignore, THREE_TRIES) == CONTENT


def test_a_file_that_is_not_there_is_not_asked_for_again(mirror: Mirror, work: Path) -> None:
    del mirror.files["model.bin"]
    assert refusal(pin(mirror), work, THREE_TRIES).facts["why"] == "status 404"
    assert len(mirror.seen) == 1


def test_the_next_address_is_tried(mirror: Mirror, work: Path) -> None:
    pinned = PinnedFile("model.bin", digest(CONTENT), len(CONTENT), (mirror.url("gone.bin"), mirror.url("model.bin")))
    assert fetch(pinned, work, ignore, ONE_TRY) == CONTENT


def test_no_route_names_the_host_and_the_file(work: Path) -> None:
    address = f"http://127.0.0.1:{closed_port()}/model.bin"
    pinned = PinnedFile("model.bin", digest(CONTENT), len(CONTENT), (address,))
    facts = refusal(pinned, work, THREE_TRIES).facts
    assert facts == {"file": "model.bin", "host": "127.0.0.1", "why": "no connection"}


def test_a_server_that_says_nothing_is_given_up(work: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/model.bin"
        pinned = PinnedFile("model.bin", digest(CONTENT), len(CONTENT), (address,))
        assert refusal(pinned, work, FetchTimeouts(0.2, 0.2, ())).facts["why"] == "no answer in time"


def test_a_folder_that_cannot_be_written_is_said(mirror: Mirror, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_bytes(b"")
    assert "disk" in str(refusal(pin(mirror), occupied).facts["why"])


def test_the_proxy_of_the_environment_is_used(mirror: Mirror, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.files["http://models.invalid/model.bin"] = CONTENT
    monkeypatch.setenv("http_proxy", mirror.address)
    monkeypatch.setenv("no_proxy", "")
    pinned = PinnedFile("model.bin", digest(CONTENT), len(CONTENT), ("http://models.invalid/model.bin",))
    assert fetch(pinned, work, ignore, ONE_TRY) == CONTENT
    assert mirror.seen[0][0] == "http://models.invalid/model.bin"


def test_a_proxy_that_the_station_names_is_used_whatever_the_environment_says(
    mirror: Mirror, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.files["http://models.invalid/model.bin"] = CONTENT
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    pinned = PinnedFile("model.bin", digest(CONTENT), len(CONTENT), ("http://models.invalid/model.bin",))
    assert fetch(pinned, work, ignore, ONE_TRY, proxy=mirror.address) == CONTENT
    assert mirror.seen[0][0] == "http://models.invalid/model.bin"
