"""What a reader of a format makes: text with headings and tables as Markdown has them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Protocol

from ingest.errors import LoadError

MAX_PAGES = 10_000
PAGE_BREAK = "\f"

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a file. `pages` holds the offset at which each page starts, if it has pages."""

    text: str
    pages: tuple[int, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


class Read(Protocol):
    """A reader of a format: bytes -> Extract. `encoding` is the one that the user has stated."""

    def __call__(self, data: bytes, encoding: str | None) -> Extract:
        """Raise LoadError with the reason, where the reader can tell it."""


def join_pages(pages: Iterable[str]) -> tuple[str, tuple[int, ...]]:
    """Join the texts of pages by form feeds; return the text and where each page starts."""
    parts: list[str] = []
    starts: list[int] = []
    at = 0
    for page in pages:
        if len(starts) == MAX_PAGES:
            raise LoadError(f"It has more than {MAX_PAGES:,} pages. Split it.")
        text = page.replace(PAGE_BREAK, "\n").strip() + "\n"
        starts.append(at)
        parts.append(text)
        at += len(text) + len(PAGE_BREAK)
    return PAGE_BREAK.join(parts), tuple(starts)


def as_table(rows: Iterable[Sequence[str]]) -> str:
    """Write rows as a Markdown table; the first is its header. Empty rows are left out."""
    filled = [cells for row in rows if any(cells := [as_cell(cell) for cell in row])]
    if not filled:
        return ""
    width = max(len(row) for row in filled)
    header, *body = (
        [cell for cell, _ in zip_longest(row, range(width), fillvalue="")] for row in filled
    )
    return "\n".join([_line(header), _line(["---"] * width), *map(_line, body)])


def as_cell(text: str) -> str:
    """Put a cell's text on one line, with its bars escaped."""
    return _SPACE.sub(" ", text).strip().replace("|", "\\|")


def known_values(
    values: Mapping[str, object], keep: Callable[[str], bool] = bool
) -> dict[str, str]:
    """Return those values of a file's own metadata that say something, on one line each."""
    lines = {name: _SPACE.sub(" ", str(value)).strip() for name, value in values.items() if value}
    return {name: line for name, line in lines.items() if keep(line)}


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
