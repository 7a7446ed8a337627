"""Fetches a pinned file over HTTP: bounded, resumed where it was cut off, and accepted only when its hash is right."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models.files import FileDiffersError, read_pinned
from mlid_desktop.models.pins import PinnedFile

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int], None]
"""Told the bytes of the file that are there, also after a resume or a new start."""

MAX_REDIRECTS = 5
MAX_ETAG = 256
HTTP_OK, HTTP_PARTIAL, HTTP_RANGE_UNSATISFIABLE = 200, 206, 416
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})  # worth another try (RFC 9110, RFC 6585)


@dataclass(frozen=True, slots=True)
class FetchTimeouts:
    """How long a fetch tries: seconds to connect, seconds without a byte, and the waits before each further try."""

    connect_s: float = 10.0
    read_s: float = 30.0
    waits_s: tuple[float, ...] = (0.5, 2.0, 5.0)


class _CutShortError(Exception):
    """Raised where the connection ended or the server is busy: another try may succeed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _AddressRefusedError(Exception):
    """Raised where an address will not deliver the file, however often it is asked."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def fetch(
    pin: PinnedFile, folder: Path, progress: Progress, patience: FetchTimeouts | None = None, *, proxy: str = ""
) -> bytes:
    """Fetches the pinned file's bytes, verified; the file itself then lies in ``folder`` under its own name.

    Its addresses are tried in their order; what arrived before a cut stays in ``folder`` and is resumed, also by a
    later call. Without a ``proxy`` those of the environment are asked, as other programs do. Raises
    ModelError(MODEL_FETCH_FAILED) with ``file``, ``host`` and ``why``; a partial file with the wrong content is then
    gone.
    """
    content = _read_verified(pin, folder)
    if content is not None:
        progress(pin.size)
        return content
    partial = _Partial(folder / f"{pin.file}.part", folder / f"{pin.file}.etag")
    refusals: list[ModelError] = []
    for url in pin.urls:
        try:
            return _fetch_from(url, pin, partial, progress, patience or FetchTimeouts(), proxy)
        except _AddressRefusedError as refusal:
            refusals.append(_failed(pin, url, refusal.why))
        except OSError as fault:
            raise _failed(pin, url, f"disk: {fault.strerror or type(fault).__name__}") from fault
    raise refusals[0] if refusals else _failed(pin, "", "no address is known")


def fetch_page(
    url: str, limit: int, patience: FetchTimeouts | None = None, *, proxy: str = ""
) -> tuple[str, bytes] | None:
    """The untrusted content of a page, up to ``limit`` bytes, after the address that it came from in the end; None
    where it is larger, absent or out of reach."""
    import httpx  # noqa: PLC0415 - late: only an installation needs it

    content = bytearray()
    try:
        with _client(patience or FetchTimeouts(), proxy) as client, client.stream("GET", url) as response:
            if response.status_code != HTTP_OK:
                return None
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > limit:
                    return None
            return str(response.url), bytes(content)
    except (httpx.HTTPError, httpx.InvalidURL, _AddressRefusedError):
        return None


def _read_verified(pin: PinnedFile, folder: Path) -> bytes | None:
    try:
        return read_pinned(folder / pin.file, pin)
    except (FileDiffersError, OSError):
        return None


def _failed(pin: PinnedFile, url: str, why: str) -> ModelError:
    return ModelError(Code.MODEL_FETCH_FAILED, file=pin.file, host=urlsplit(url).hostname or "", why=why)


@dataclass(frozen=True, slots=True)
class _Partial:
    """A partly fetched file: the bytes so far, and the strong entity tag of the version they belong to (RFC 9110,
    8.8.3)."""

    content: Path
    etag: Path

    @property
    def size(self) -> int:
        return self.content.stat().st_size if self.content.is_file() else 0

    def discard(self) -> None:
        self.content.unlink(missing_ok=True)
        self.etag.unlink(missing_ok=True)

    def resume_headers(self) -> dict[str, str]:
        """The HTTP headers that ask for the rest of the file only. Without a tag to compare, the hash at the end tells
        whether the halves fit."""
        if not self.size:
            return {}
        headers = {"Range": f"bytes={self.size}-"}
        if self.etag.is_file():
            headers["If-Range"] = self.etag.read_text("ascii")
        return headers

    def begin(self, untrusted_etag: str) -> None:
        """Starts the partial file over for a version of this entity tag."""
        self.discard()
        self.content.parent.mkdir(parents=True, exist_ok=True)
        if untrusted_etag.startswith('"') and len(untrusted_etag) <= MAX_ETAG and untrusted_etag.isascii():
            self.etag.write_text(untrusted_etag, "ascii")


def _fetch_from(
    url: str, pin: PinnedFile, partial: _Partial, progress: Progress, patience: FetchTimeouts, proxy: str
) -> bytes:
    with _client(patience, proxy) as client:
        for wait_s in (*patience.waits_s, None):
            resumed = partial.size > 0
            try:
                _receive(client, url, pin, partial, progress)
                return _finish(pin, partial)
            except FileDiffersError:
                partial.discard()
                if not resumed:  # halves of two versions are fetched anew; a whole file that is wrong stays wrong
                    raise _AddressRefusedError("wrong hash") from None
            except _CutShortError as cut:
                if wait_s is None:
                    raise _AddressRefusedError(cut.why) from None
                time.sleep(wait_s)
    raise _AddressRefusedError("wrong hash")


@contextmanager
def _client(patience: FetchTimeouts, proxy: str) -> Iterator[httpx.Client]:
    """Raises _AddressRefusedError where a proxy, of the environment too, is of a kind that is not spoken here."""
    import httpx  # noqa: PLC0415 - late: only an installation needs it

    timeout = httpx.Timeout(patience.read_s, connect=patience.connect_s)
    headers = {"Accept-Encoding": "identity"}  # the pinned bytes are those of the file itself
    try:
        client = httpx.Client(
            timeout=timeout,
            headers=headers,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            proxy=proxy or None,
        )
    except (ImportError, ValueError, httpx.InvalidURL):  # a package for SOCKS is missing; an address that is none
        raise _AddressRefusedError("the proxy cannot be used") from None
    with client:
        yield client


def _receive(client: httpx.Client, url: str, pin: PinnedFile, partial: _Partial, progress: Progress) -> None:
    """Receives the rest of the partial file, as far as the connection carries."""
    import httpx  # noqa: PLC0415 - late, as above

    if partial.size == pin.size:  # complete, and cut off before it was verified
        return
    try:
        with client.stream("GET", url, headers=partial.resume_headers()) as response:
            _require_usable(response, pin, partial)
            _append(response, pin, partial, progress)
    except (httpx.ConnectError, httpx.ProxyError):
        raise _CutShortError("no connection") from None
    except httpx.TimeoutException:
        raise _CutShortError("no answer in time") from None
    except httpx.TransportError:
        raise _CutShortError("the connection broke off") from None
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise _AddressRefusedError(type(fault).__name__) from None
    if partial.size < pin.size:
        raise _CutShortError("the connection broke off")


def _require_usable(response: httpx.Response, pin: PinnedFile, partial: _Partial) -> None:
    """Checks that the answer is the rest of the file, or the whole of it: then the partial file starts over."""
    if response.status_code == HTTP_RANGE_UNSATISFIABLE:
        partial.discard()
        raise _CutShortError("the server has another version")
    if response.status_code in TRANSIENT:
        raise _CutShortError(f"status {response.status_code}")
    if response.status_code == HTTP_PARTIAL:
        if response.headers.get("Content-Range", "") != f"bytes {partial.size}-{pin.size - 1}/{pin.size}":
            partial.discard()
            raise _CutShortError("the server sent another range")
        return
    if response.status_code != HTTP_OK:
        raise _AddressRefusedError(f"status {response.status_code}")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) != pin.size:
        partial.discard()
        raise _AddressRefusedError(f"another size: {announced}")
    partial.begin(response.headers.get("ETag", ""))


def _append(response: httpx.Response, pin: PinnedFile, partial: _Partial, progress: Progress) -> None:
    size = partial.size
    with partial.content.open("ab") as file:
        for chunk in response.iter_raw():
            size += len(chunk)
            if size > pin.size:
                break
            file.write(chunk)
            progress(size)
    if size > pin.size:
        partial.discard()
        raise _AddressRefusedError("more than the pinned size")


def _finish(pin: PinnedFile, partial: _Partial) -> bytes:
    """Verifies the fetched file and renames it to its own name. Raises FileDiffersError."""
    content = read_pinned(partial.content, pin)
    partial.content.replace(partial.content.with_name(pin.file))
    partial.etag.unlink(missing_ok=True)
    return content
