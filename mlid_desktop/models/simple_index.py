"""Finds an archive's address on a page of a package index (the simple repository API, PEP 503)."""

from __future__ import annotations

from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

MAX_PAGE_BYTES = 16 * 1024 * 1024
WEB = ("https", "http")


def page_of(index: str, package: str) -> str | None:
    """The address of a package's page in an index; None where the index is not on the web."""
    try:
        on_the_web = urlsplit(index).scheme in WEB
    except ValueError:
        return None
    return f"{index.rstrip('/')}/{package}/" if on_the_web else None


def find_archive(page: str, untrusted_content: bytes, file: str) -> str | None:
    """The address of the archive called ``file`` among the links of the page at ``page``; None where no link to the web
    leads to it. What lies there is judged by its hash alone."""
    links = _Links()
    with suppress(AssertionError):  # what the parser says of declarations that it does not know
        links.feed(untrusted_content.decode("utf-8", "replace"))
    for link in links.found:
        try:
            address = urlsplit(urljoin(urljoin(page, links.base), link))
        except ValueError:
            continue
        if address.scheme in WEB and unquote(address.path.rpartition("/")[2]) == file:
            return address._replace(fragment="").geturl()
    return None


def local_folder(link: str) -> Path | None:
    """The folder that a link for archives names, by its path or as a file address; None for anything else."""
    try:
        parts = urlsplit(link)
        if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
            return Path(url2pathname(parts.path))
        folder = Path(link).expanduser()
        return folder if parts.scheme not in WEB and folder.is_dir() else None
    except (ValueError, RuntimeError, OSError):  # no address, a home that is not known, no path
        return None


class _Links(HTMLParser):
    """The links of a page, and the base that it gives them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if target and tag == "a":
            self.found.append(target)
        elif target and tag == "base" and not self.base:
            self.base = target
