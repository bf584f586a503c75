"""EPUB -> text: its chapters in reading order. Format: EPUB 3.3, W3C, sections 4 to 6."""

import posixpath
from urllib.parse import unquote
from zipfile import ZipFile

from ingest.errors import LoadError
from ingest.formats.archive import open_archive, read_xml
from ingest.formats.extract import Extract, known_values
from ingest.formats.plain import decode
from ingest.formats.web import extract_html

_CONTAINER = "META-INF/container.xml"
_ROOT_FILE = "{*}rootfiles/{*}rootfile"
_DUBLIN_CORE = "{*}metadata/{http://purl.org/dc/elements/1.1/}"


def read_epub(data: bytes, encoding: str | None) -> Extract:  # noqa: ARG001
    """Read a book: the chapters that its spine names, without the table of contents."""
    with open_archive(data) as archive:
        container = read_xml(archive, _CONTAINER)
        root = None if container is None else container.find(_ROOT_FILE)
        path = "" if root is None else root.get("full-path", "")
        package = read_xml(archive, path)
        if package is None:
            raise LoadError(f"It is not an EPUB: {_CONTAINER} leads to no package.")
        items = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
        chapters = []
        for reference in package.iterfind("{*}spine/{*}itemref"):
            item = items.get(reference.get("idref"))
            if item is not None and "nav" not in (item.get("properties") or "").split():
                chapters.append(_chapter(archive, path, unquote(item.get("href", ""))))
        metadata = known_values(
            {
                key: package.findtext(_DUBLIN_CORE + name)
                for key, name in {
                    "title": "title",
                    "author": "creator",
                    "date": "date",
                    "language": "language",
                }.items()
            }
        )
    return Extract("\n".join(chapter for chapter in chapters if chapter.strip()), (), metadata)


def _chapter(archive: ZipFile, package: str, href: str) -> str:
    name = posixpath.normpath(posixpath.join(posixpath.dirname(package), href))
    if name not in archive.namelist():
        raise LoadError(f"Its part {name} is missing.")
    html, _ = decode(archive.read(name), None)
    return extract_html(html, {}).text
