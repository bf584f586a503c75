"""A page of a PDF -> its picture, and where on it some words of the document's text stand."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from ingest.errors import LoadError

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

WIDTH = 1100
"""Pixels of a page's picture, if that makes it no larger than `MOST_PIXELS`."""
MOST_HEIGHT = 16_383
"""Pixels, of WebP."""
MOST_PIXELS = 2_500_000
QUALITY = 80


class Box(NamedTuple):
    """A part of a picture, as shares of its width and height, 0 to 1."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as WebP, its size in pixels, and the boxes of each span of words, line by line."""

    image: bytes
    width: int
    height: int
    boxes: tuple[tuple[Box, ...], ...]


_Rect = tuple[float, float, float, float]
"""Left, bottom, right and top in points, from the page's lower left."""


def render_page(data: bytes, number: int, text: str, spans: Sequence[tuple[int, int]]) -> PageImage:
    """Draw a page (from 1), whose text is `text`, and find spans of characters of it there.

    Spaces, hyphens and line ends differ between the text and the page, so letters and digits alone
    are compared. A span that is not found has no boxes. Raises LoadError.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        page = PdfDocument(data)[number - 1]
        width, height = page.get_size()
        scale = min(WIDTH / width, MOST_HEIGHT / height, sqrt(MOST_PIXELS / (width * height)))
        bitmap = page.render(scale=scale)
        to_pixels = bitmap.get_posconv(page).to_bitmap
        boxes = [
            tuple(
                _box(to_pixels(left, top), to_pixels(right, bottom), bitmap.width, bitmap.height)
                for left, bottom, right, top in lines
            )
            for lines in _find_lines(page, text, spans)
        ]
    except (PdfiumError, IndexError, ZeroDivisionError) as error:
        raise LoadError(f"Page {number} of it cannot be drawn: {error}.") from error
    target = io.BytesIO()
    bitmap.to_pil().convert("RGB").save(target, format="WEBP", quality=QUALITY)
    return PageImage(target.getvalue(), bitmap.width, bitmap.height, tuple(boxes))


def _find_lines(page: "PdfPage", text: str, spans: Sequence[tuple[int, int]]) -> list[list[_Rect]]:
    """Return for each span its lines on the page."""
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex as char_of

    textpage = page.get_textpage()
    raw = textpage.get_text_range()
    places = [at for at, letter in enumerate(raw) if letter.isalnum()]
    letters = "".join(raw[at] for at in places)
    found: list[list[_Rect]] = []
    for start, end in spans:
        words = _letters(text[start:end])
        at = _nearest(letters, words, len(_letters(text[:start])))
        if at is None:
            found.append([])
            continue
        first, last = (char_of(textpage, places[one]) for one in (at, at + len(words) - 1))
        count = textpage.count_rects(first, last - first + 1)
        found.append(_join_lines(textpage.get_rect(index) for index in range(count)))
    return found


def _join_lines(rects: Iterable[_Rect]) -> list[_Rect]:
    """Put parts of a line together: a font may have each letter apart."""
    lines: list[_Rect] = []
    for left, bottom, right, top in rects:
        if lines:
            last = lines[-1]
            shared = min(top, last[3]) - max(bottom, last[1])
            if left >= last[0] and 2 * shared > min(top - bottom, last[3] - last[1]):
                lines[-1] = (last[0], min(bottom, last[1]), max(right, last[2]), max(top, last[3]))
                continue
        lines.append((left, bottom, right, top))
    return lines


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def _nearest(letters: str, words: str, expected: int) -> int | None:
    """Return where some words stand among the letters, nearest to where they are expected."""
    best: int | None = None
    at = letters.find(words) if words else -1
    while at >= 0:
        if best is None or abs(at - expected) < abs(best - expected):
            best = at
        at = letters.find(words, at + 1)
    return best


def _box(one: tuple[int, int], other: tuple[int, int], width: int, height: int) -> Box:
    """Return the box between two corners in pixels as shares of a picture."""
    (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    return Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
