"""PDF -> text, in reading order, its paragraphs told apart by the gaps between lines.

Words that a hyphen divides at a line's end are put together. Text in images is not read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from ingest.errors import LoadError
from ingest.formats.extract import MAX_PAGES, Extract, join_pages, known_values

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_SOFT_HYPHENS = "\x02\ufffe\u00ad"
_HYPHENATED = re.compile(rf"([A-Za-z\u00c0-\u024f]+)([-{_SOFT_HYPHENS}])\Z")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:-[A-Za-z\u00c0-\u024f]+)*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_CHINESE = re.compile(r"[\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]")
_ENDS = tuple(".。!！?？:：;；”’\"'）)」』")
_BULLET = re.compile(r"(?:[•◦▪‣·–—*-]|\(?\d{1,3}[.)]|[（(]?[一二三四五六七八九十]+[、)）])\s*\S")
_NOT_A_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint)\b.*|untitled.*|about:blank"
    r"|\S+\.(?:docx?|pdf|tex|pptx?|html?))",
    re.IGNORECASE,
)
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line and its box, in points from the page's lower left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


def read_pdf(data: bytes, encoding: str | None) -> Extract:  # noqa: ARG001
    """Read the text of a PDF; pages that are images alone give none."""
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if "password" in str(error).lower():
            raise LoadError("It is protected by a password.") from error
        raise LoadError(f"It is damaged, or no PDF: {str(error).rstrip('.')}.") from error
    if len(document) > MAX_PAGES:
        raise LoadError(f"It has {len(document):,} pages; {MAX_PAGES:,} are the most. Split it.")
    try:
        pages = [_page_lines(document[number]) for number in range(len(document))]
    except PdfiumError as error:
        raise LoadError(f"It is damaged: {error}.") from error
    if not any(pages):
        raise LoadError(
            f"None of its {len(pages):,} pages has text, only images. Run OCR over it first."
        )
    words = {word for lines in pages for line in lines for word in _WORD.findall(line.text)}
    text, starts = join_pages(_page_text(lines, words) for lines in pages)
    return Extract(text, starts, _metadata(document))


def _page_lines(page: "PdfPage") -> list[_Line]:
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex as box_of

    textpage = page.get_textpage()
    lines = []
    at = 0
    for raw in textpage.get_text_range().split("\r\n"):
        text = raw.strip()
        if text:
            start = at + raw.index(text)
            boxes = [box_of(textpage, start), box_of(textpage, start + len(text) - 1)]
            if min(boxes) >= 0:
                first, last = (textpage.get_charbox(box, loose=True) for box in boxes)
                lines.append(_Line(text, first[0], min(first[1], last[1]), last[2], first[3]))
        at += len(raw) + len("\r\n")
    return lines


def _page_text(lines: Sequence[_Line], words: set[str]) -> str:
    """Put the lines of a page together, with an empty line between paragraphs."""
    parts: list[str] = []
    for line, before_paragraph in _paragraphs(lines):
        text = line.text
        if parts and not before_paragraph:
            last = parts[-1]
            if hyphenated := _HYPHENATED.search(last):
                parts[-1] = last[: hyphenated.start()] + _rejoin(hyphenated, text, words)
                continue
            glue = "" if _CHINESE.match(last[-1]) and _CHINESE.match(text) else "\n"
            parts[-1] = last + glue + text
        else:
            parts.append(text)
    return _CONTROL.sub("", "\n\n".join(parts))


def _paragraphs(lines: Sequence[_Line]) -> Iterator[tuple[_Line, bool]]:
    """Yield each line and whether a paragraph begins with it."""
    if not lines:
        return
    usual = median(line.height for line in lines)
    gaps = [a.bottom - b.top for a, b in pairwise(lines) if b.top < a.top]
    usual_gap = median(gaps) if gaps else 0.0
    yield lines[0], True
    for last, line in pairwise(lines):
        if line.bottom > last.bottom:  # the next column
            begins = last.text.endswith(_ENDS)
        else:
            apart = last.bottom - line.top > usual_gap + 0.45 * usual
            resized = abs(line.height - last.height) > 0.15 * usual
            indented = line.left > last.left + usual and last.text.endswith(_ENDS)
            begins = apart or resized or indented or bool(_BULLET.match(line.text))
        yield line, begins


def _rejoin(hyphenated: re.Match[str], text: str, words: set[str]) -> str:
    """Put a word together that a hyphen divides at a line's end.

    A hyphen that belongs to the word stays: where the document has the word with it elsewhere and
    not without, or where a capital follows.
    """
    start, hyphen = hyphenated[1], hyphenated[2]
    rest = _WORD.match(text)
    end = rest[0] if rest else ""
    keeps = hyphen == "-" and (
        not end[:1].islower() or (f"{start}-{end}" in words and start + end not in words)
    )
    return f"{start}{'-' if keeps else ''}{text}"


def _metadata(document: "PdfDocument") -> dict[str, str]:
    stated = document.get_metadata_dict(skip_empty=True)
    made = _DATE.match(stated.get("CreationDate", ""))
    return known_values(
        {
            "title": _CONTROL.sub("", stated.get("Title", "")),
            "author": _CONTROL.sub("", stated.get("Author", "")),
            "date": "-".join(made.groups()) if made else None,
        },
        lambda line: _NOT_A_TITLE.fullmatch(line) is None,
    )
