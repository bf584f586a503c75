"""Word documents and RTF -> text."""

import re
from io import BytesIO
from typing import TYPE_CHECKING

from ingest.errors import LoadError
from ingest.formats.archive import open_archive, read_xml
from ingest.formats.extract import Extract, known_values
from ingest.formats.plain import decode
from ingest.formats.web import extract_html

if TYPE_CHECKING:
    from zipfile import ZipFile

MAX_GROUPS = 300_000

_LINE_END = re.compile(r"\n+")
"""In rich text a line is a paragraph."""
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_PROPERTIES = {
    "title": "{http://purl.org/dc/elements/1.1/}title",
    "author": "{http://purl.org/dc/elements/1.1/}creator",
    "language": "{http://purl.org/dc/elements/1.1/}language",
    "date": "{http://purl.org/dc/terms/}modified",
}


def read_docx(data: bytes, encoding: str | None) -> Extract:  # noqa: ARG001
    """Read a Word document: headings by their styles, lists, tables, footnotes."""
    import mammoth

    with open_archive(data) as archive:
        # Parsed twice, because this parser stops at entities and depths that mammoth's does not.
        if read_xml(archive, "word/document.xml") is None:
            raise LoadError("It is not a Word document: it has no word/document.xml.")
        metadata = office_metadata(archive)
    html = mammoth.convert_to_html(
        BytesIO(data),
        style_map=_STYLES,
        convert_image=mammoth.images.img_element(lambda _: {}),
    ).value
    return extract_html(html, metadata)


def read_rtf(data: bytes, encoding: str | None) -> Extract:
    """Read rich text. It is ASCII; other characters are escaped in it."""
    from striprtf.striprtf import rtf_to_text

    text, _ = decode(data, encoding or "latin-1")
    if not text.startswith("{\\rtf"):
        raise LoadError("It is not rich text: it does not begin with {\\rtf.")
    if (groups := text.count("{")) > MAX_GROUPS:
        raise LoadError(f"It has {groups:,} groups; {MAX_GROUPS:,} are the most. Split it.")
    plain: str = rtf_to_text(text, errors="replace")  # type: ignore[no-untyped-call]
    return Extract(_LINE_END.sub("\n\n", plain))


def office_metadata(archive: "ZipFile") -> dict[str, str]:
    """Return what an office document states of itself in docProps/core.xml."""
    core = read_xml(archive, "docProps/core.xml")
    if core is None:
        return {}
    return known_values({key: core.findtext(tag) for key, tag in _PROPERTIES.items()})
