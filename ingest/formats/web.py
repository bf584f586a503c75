"""HTML -> text: headings, lists and tables kept, menus, scripts and hidden parts left out."""

import re
from typing import TYPE_CHECKING

from ingest.errors import LoadError
from ingest.formats.extract import Extract, as_cell, known_values
from ingest.formats.plain import decode

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from markdownify import MarkdownConverter

_LEFT_OUT = (
    "script, style, noscript, template, svg, math annotation, nav, iframe, object, del, s, input,"
    " button, select, textarea, [hidden], [aria-hidden=true], [style*='display:none'],"
    " [style*='display: none'], [style*='visibility:hidden'], [style*='visibility: hidden']"
)
_ONLY_TEXT = ["a", "img", "b", "strong", "em", "i", "u", "sub", "kbd", "samp"]
MOST_SPAN = 1000
_EXPONENT = re.compile(r"[+\u2212-]?\d+")
MAX_ELEMENTS = 150_000

_DECLARED = re.compile(
    rb"<(?:meta[^>]{0,200}charset|\?xml[^>]{0,200}encoding)\s*=\s*[\"']?\s*([\w-]{2,40})",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")


def read_html(data: bytes, encoding: str | None) -> Extract:
    """Read a page; its encoding is the stated, the one its bytes show, or the declared one."""
    text, guessed = decode(data, encoding, _declared_encoding(data))
    return extract_html(text, guessed)


def extract_html(html: str, metadata: dict[str, str]) -> Extract:
    """Turn HTML into text, and add to `metadata` what the page says of itself."""
    from bs4 import BeautifulSoup

    if (tags := html.count("<")) > 2 * MAX_ELEMENTS:
        raise LoadError(f"It has {tags // 2:,} elements; {MAX_ELEMENTS:,} are the most. Split it.")
    soup = BeautifulSoup(html, "lxml")
    stated = _metadata(soup)
    for part in soup.select(_LEFT_OUT):
        part.decompose()
    for table in soup.find_all("table"):
        _fill_row_spans(table)
    try:
        text = _converter().convert_soup(soup.body or soup)
    except RecursionError as error:
        raise LoadError("Its elements are nested too deeply to be read.") from error
    tidy = _EMPTY_LINES.sub("\n\n", _TRAILING.sub("", text)).strip() + "\n"
    return Extract(tidy, metadata=metadata | stated)


def _converter() -> "MarkdownConverter":
    from markdownify import MarkdownConverter

    class Converter(MarkdownConverter):
        """Keeps rows on their lines, and 10<sup>6</sup> apart from 106."""

        def convert_sup(self, element: "Tag", text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
            return f"^{text}" if _EXPONENT.fullmatch(text.strip()) else text

        def convert_td(self, element: "Tag", text: str, parent_tags: set[str]) -> str:
            return str(super().convert_td(element, as_cell(text), parent_tags))  # type: ignore[misc]

        def convert_th(self, element: "Tag", text: str, parent_tags: set[str]) -> str:
            return str(super().convert_th(element, as_cell(text), parent_tags))  # type: ignore[misc]

    return Converter(
        heading_style="ATX",
        bullets="-",
        strip=_ONLY_TEXT,
        table_infer_header=True,
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
    )


def _fill_row_spans(table: "Tag") -> None:
    """Repeat a cell that spans rows in each of them, so that what follows stays in its column."""
    from copy import copy

    open_spans: dict[int, tuple[Tag, int]] = {}
    for row in table.find_all("tr"):
        if row.find_parent("table") is not table:
            continue
        column = 0
        cells = row.find_all(["td", "th"], recursive=False)
        for cell in [*cells, None]:
            while column in open_spans:
                above, left = open_spans.pop(column)
                repeated = copy(above)
                if cell is None:
                    row.append(repeated)
                else:
                    cell.insert_before(repeated)
                if left > 1:
                    open_spans[column] = (above, left - 1)
                column += 1
            if cell is not None:
                if (rows := _span(cell, "rowspan")) > 1:
                    open_spans[column] = (cell, rows - 1)
                column += _span(cell, "colspan")


def _span(cell: "Tag", name: str) -> int:
    value = str(cell.get(name, "1"))
    return min(int(value), MOST_SPAN) if value.isdecimal() and value != "0" else 1


def _metadata(soup: "BeautifulSoup") -> dict[str, str]:
    def meta(*names: str) -> object:
        for name in names:
            found = soup.find("meta", attrs={"name": name}) or soup.find(
                "meta", attrs={"property": name}
            )
            if found and found.get("content"):
                return found["content"]
        return None

    return known_values(
        {
            "title": soup.title.get_text() if soup.title else meta("og:title"),
            "author": meta("author", "article:author"),
            "date": meta("date", "article:published_time", "dcterms.created"),
            "language": soup.html.get("lang") if soup.html else None,
        }
    )


def _declared_encoding(data: bytes) -> str | None:
    """Return the encoding that a page declares, if it has one that Python knows."""
    declared = _DECLARED.search(data[:_DECLARED_WITHIN])
    if declared is None:
        return None
    name = declared[1].decode()
    # Pages that say GB2312 mean its superset.
    wider = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252"}
    name = wider.get(name.lower(), name)
    try:
        "x".encode(name)
    except (LookupError, ValueError):
        return None
    return name
