"""Cells of tables: of what row and year a number is.

A financial table has a row for each item and a column for each year, so a question about the
change of an item between two years names its cells by itself.
"""

import re
from dataclasses import dataclass

from ingest.terms import find_stems
from rag.question import detect_language
from rag.schema import Evidence

_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d,]|\.\d)")


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a number of a table stands: its row's place and label, and its column's year."""

    row: tuple[str, int]
    label: str
    year: int | None


def find_cell(item: Evidence, start: int, above: str) -> Cell | None:
    """Return the cell of a number that starts at a place of a row, or nothing elsewhere.

    `above` is what stands above that row in its document.
    """
    if not item.text.startswith("|"):
        return None
    column = item.text[:start].count("|")
    label = item.text.split("|")[1]
    return Cell(item.place, " ".join(label.split()), _column_year(above, column))


def find_years(text: str) -> list[int]:
    """Return the years that a text names, in order, each once; all of 2017 to 2019."""
    years = sorted({int(match[0]) for match in _YEAR.finditer(text)})
    spans = re.search(r"((?:19|20)\d\d)\s?(?:to|-|–|until|至|到)\s?((?:19|20)\d\d)", text)
    if spans and re.search(r"average|mean|total|sum|平均|总|合计", text, re.IGNORECASE):
        return list(range(int(spans[1]), int(spans[2]) + 1))
    return years


def rate_label(label: str, question: str) -> float:
    """Return how well a row's label and a question agree: F1 of their terms, 0 to 1."""
    one, two = (
        {stem for stem in find_stems(text) if not stem.isdecimal()} for text in (label, question)
    )
    return 2 * len(one & two) / max(len(one) + len(two), 1)


def is_strange_label(label: str, question: str) -> bool:
    """Tell whether a question has no word of a row's label, in one language, and no year of it."""
    words = {stem for stem in find_stems(label) if not stem.isdecimal()}
    if not words or detect_language(label) != detect_language(question):
        return False
    return rate_label(label, question) == 0 and not set(find_years(label)) & set(
        find_years(question)
    )


def _column_year(above: str, column: int) -> int | None:
    """Return the year that stands nearest above a cell, in its own table."""
    for line in reversed(above.rstrip("\n").split("\n")):
        cells = line.split("|")
        if line.strip() and not line.startswith("|"):
            return None
        if len(cells) > column and (year := _YEAR.search(cells[column])):
            return int(year[0])
    return None
