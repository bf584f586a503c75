"""Zip files, which most office formats are: what they unpack to is looked at first."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from ingest.errors import LoadError

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_ENTRIES = 10_000
MAX_UNPACKED = 256 * 1024 * 1024
MAX_RATIO = 200
RATIO_FROM = 8 * 1024 * 1024
"""Unpacked size from which the ratio counts: small files of one letter pack better."""


@contextmanager
def open_archive(data: bytes) -> Iterator[ZipFile]:
    """Open a zip file that does not unpack to too much. Raises LoadError."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            check_sizes(archive, len(data))
            yield archive
    except (BadZipFile, NotImplementedError, EOFError) as error:
        raise LoadError(f"It is damaged, or not of its format: {error}.") from error
    except RuntimeError as error:  # what zipfile raises for an encrypted entry
        raise LoadError("It is protected by a password.") from error


def check_sizes(archive: ZipFile, packed: int, most: int = MAX_UNPACKED) -> None:
    """Raise LoadError if an archive holds too many entries or unpacks to too much."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise LoadError(f"It packs {len(entries):,} files; {MAX_ENTRIES:,} are the most.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > most or unpacked > max(RATIO_FROM, packed * MAX_RATIO):
        raise LoadError(
            f"It unpacks from {packed:,} to {unpacked:,} bytes, which is more than a document does."
        )


def read_xml(archive: ZipFile, name: str) -> "_Element | None":
    """Parse an XML file of an archive, its entities left alone; nothing if it is not there."""
    from lxml import etree

    if name not in archive.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(archive.read(name), parser)
    except etree.XMLSyntaxError as error:
        raise LoadError(f"Its part {name} is broken: {error.msg}.") from error
