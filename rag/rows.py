"""Rows of tables that became lines of text, as PDFs give them: each with what stands over it.

Such a table has no sentence: its lines run into one, in which nobody can tell what is of what. A
row is a line that begins with words and goes on with numbers, beside another of its kind.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingest.terms import FUNCTION_WORDS, find_query_terms, find_terms, is_same_word
from rag.names import blank_identifiers, find_subjects, squeeze
from rag.orders import gives_orders
from rag.quantity import find_quantities

LEAST_CELLS = 2
"""How many numbers a line has, to be a row."""
LEAST_SHARE = 0.6
"""The share of numbers among the words of a row from its first number on."""
MOST_LABEL = 8
"""The most words before a row's first number."""
MOST_BETWEEN = 4
"""How many lines that are no rows may stand between two of one table, such as a second heading."""
MOST_HEADER = 240
"""Characters of the lines over a table that are taken for its header."""
MOST_CAPTION = 3
"""How many lines of a caption are taken."""
LONGEST_LINE = 300
LEAST_KNOWN = 0.25
"""The share of a question's words, besides names, that a table has."""
SHORT = 3
"""The fewest letters by which a header shortens a word."""
_LINE = re.compile(r"\S(?:[^\n\f]*\S)?")
_CELL = re.compile(
    r"[(\[~≈<>≤≥$€£¥±×+–-]*\d[\d.,]*(?:[×x]\d+|[%‰°]|[kKMGTBmbn]{0,2})?[)\],;*†‡§]*"
    r"(?:\([\d.,%–-]+\)?,?|±[\d.]+|[–-][$€£]?[\d.,]+%?)?|[–—∞-]|n/?a|N/?A|✓|✗"
)
_VERSION = re.compile(
    r"(?:\d\.\d (?=[A-Z]|\d+(?:\.\d+)?[BM] ))?(?:\d+(?:\.\d+)?[BM]|[A-Z]\S*) (?=\S*\d)"
)
"""How the label of a row goes on with a version or a size, such as 2.5 72B."""
_CAPTION = re.compile(
    r"(?:Table|TABLE|T able|Tab\.|表) ?[A-Z]?(?:\d{1,3}|[IVX]{1,5})(?:[.:：]|\s+[^\sa-z]|\Z)"
)
_SIZE = re.compile(r"\d+[a-z]{1,2}")
_POSSESSIVE = re.compile(r"['’]s\b")
_SENTENCE_END = re.compile(r"[.!?。！？]\W*\Z")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a text, `text[start:end]`, and what says what its numbers are.

    `label` stands before its numbers, and the lines `text[over[0]:over[1]]` over its table, which
    has a header if they are not empty. `header` has its caption besides, and what stands above the
    row within the table.
    """

    start: int
    end: int
    over: tuple[int, int]
    label: str
    header: str


def find_rows(text: str) -> list[Row]:
    """Return the rows of tables in a text, in order."""
    spans = [(match.start(), match.end()) for match in _LINE.finditer(text)]
    lines = [text[start:end] for start, end in spans]
    labels = {at: label for at, line in enumerate(lines) if (label := find_label(line))}
    captions = {at for at, line in enumerate(lines) if _CAPTION.match(line)}
    under = 2 * sum(at - 1 in labels for at in captions) > len(captions)
    ends = [0, *(end for _, end in spans)]
    pages = [at for at, (start, _) in enumerate(spans) if not at or "\f" in text[ends[at] : start]]
    rows: list[Row] = []
    for table in _tables(list(labels), captions):
        page = pages[bisect_right(pages, table[0]) - 1]
        first = _header_start(lines, page, table[0], under=under)
        header = " ".join(lines[first : table[0]])
        over = (spans[first][0], spans[table[0] - 1][1]) if header else (spans[first][0],) * 2
        below = [at for at in (table[-1] + 1, table[-1] + 2) if at in captions]
        caption = _caption(lines, below[0]) if below and not _CAPTION.match(header) else ""
        group = ""
        for last, at in zip([table[0], *table], table, strict=False):
            group = " ".join(lines[last + 1 : at]) or group
            said = " ".join(filter(None, (caption, header, group)))
            rows.append(Row(*spans[at], over, labels[at], said))
    return rows


def find_named_rows(question: str, rows: Sequence[Row]) -> list[tuple[Row, set[str]]]:
    """Return the rows, under a header, that name what the question names, each with what of it.

    Names are compared without what stands between words, so "Alder Point" is in AlderPoint;
    sizes, such as 72B, are words of their own.
    """
    plain = _POSSESSIVE.sub("", question)
    rows = [
        row
        for row in rows
        if row.over[0] < row.over[1] and not any(map(gives_orders, (row.header, row.label)))
    ]
    names = {squeeze(name) for name in find_subjects(plain)} - {""}
    sizes = {term for term in find_terms(plain) if _SIZE.fullmatch(term)}
    named = []
    for row in rows:
        joined, words = squeeze(row.label), set(find_terms(row.label))
        has = {name for name in names if re.search(rf"{re.escape(name)}(?!\d)", joined)}
        has |= sizes & words
        if has:
            named.append((row, has))
    return named


def rate_row(row: Row, names: Collection[str]) -> float:
    """Return how much of a row's label is names that a question has, 0 to 1."""
    return min(1.0, len(names) / max(len(row.label.split()), 1))


def bears_on(row: Row, text: str, question: str) -> bool:
    """Tell whether a row and what stands over it have enough of what a question says besides names.

    A header shortens words, so three letters of one will do: Mem for memory.
    """
    label = set(find_terms(row.label))
    asked = [one for one in find_query_terms(question) if one not in label]
    had = [one for one in find_terms(f"{row.header} {text}") if one not in FUNCTION_WORDS]
    known = sum(any(_is_short_for(one, other) for other in had) for one in asked)
    return known >= max(1, LEAST_KNOWN * len(asked))


def _is_short_for(word: str, other: str) -> bool:
    shorter, longer = sorted((word, other), key=len)
    return is_same_word(word, other) or (len(shorter) >= SHORT and longer.startswith(shorter))


def find_cells(row: Row, text: str) -> list[str]:
    """Return the numbers of a row, each with the words behind it, as 42.5 m; each once."""
    cells: list[str] = []
    for word in text.split()[len(row.label.split()) :]:
        if ")" in word and "(" not in word:
            continue  # the end of an interval
        if _CELL.fullmatch(word):
            cells.append(re.split(r"(?<=\d)\(", word)[0].rstrip(",;*†‡§"))
        elif cells:
            cells[-1] += f" {word}"
    return list(dict.fromkeys(cell for cell in cells if any(map(str.isdigit, cell))))


def takes_cell(text: str, question: str, quotes: Iterable[str]) -> bool:
    """Tell whether a sentence has a number that stands in rows of what it cites, and nowhere else.

    Numbers of the question are not its own.
    """
    own = _numbers(text) - _numbers(question)
    cells: set[Decimal] = set()
    for quote in quotes:
        prose, at = "", 0
        for row in find_rows(quote):
            prose, at = f"{prose}\n{quote[at : row.start]}", row.end
            cells |= _numbers(quote[row.start : row.end])
        own -= _numbers(prose + quote[at:])
    return bool(own & cells)


def _numbers(text: str) -> set[Decimal]:
    return {number for number, _ in find_quantities(blank_identifiers(text))}


def find_label(line: str) -> str:
    """Return the words with which a row begins, before its numbers; nothing if it is no row."""
    is_short = len(line) <= LONGEST_LINE and not line.endswith(".") and "://" not in line
    words = line.split() if is_short else []
    first = next((at for at, word in enumerate(words) if at and _CELL.fullmatch(word)), 0)
    if version := _VERSION.match(" ".join(words[first:])):
        first += len(version[0].split())
    label, rest = words[:first], words[first:]
    cells = sum(bool(_CELL.fullmatch(word)) for word in rest)
    is_row = (
        0 < first <= MOST_LABEL
        and any(map(str.isalpha, label[0]))
        and any(map(str.isdigit, "".join(rest)))
        and cells >= max(LEAST_CELLS, LEAST_SHARE * len(rest))
    )
    return " ".join(label) if is_row else ""


def _tables(numbers: Sequence[int], captions: Collection[int]) -> list[list[int]]:
    """Return the rows that stand together, by the numbers of their lines: two of them at least."""
    tables: list[list[int]] = []
    for number in numbers:
        last = tables[-1][-1] if tables else -1
        if (
            tables
            and number - last <= MOST_BETWEEN + 1
            and not any(at in captions for at in range(last + 1, number))
        ):
            tables[-1].append(number)
        else:
            tables.append([number])
    return [table for table in tables if len(table) > 1]


def _header_start(lines: Sequence[str], page: int, table: int, *, under: bool) -> int:
    """Return at which line the header of a table begins, itself at the line `table` of a page.

    It goes up to the caption, or to where a page begins or a sentence or a row ends. Captions that
    stand `under` their tables are of the table before.
    """
    at, size = table, 0
    while at > page:
        line = lines[at - 1]
        is_caption = bool(_CAPTION.match(line))
        ends = _SENTENCE_END.search(line) or find_label(line)
        size += len(line)
        if (is_caption and under) or (ends and not is_caption) or size > MOST_HEADER:
            break
        at -= 1
        if is_caption:
            break
    return at


def _caption(lines: Sequence[str], at: int) -> str:
    """Return a caption with the lines that it goes on in."""
    whole = lines[at]
    for line in lines[at + 1 : at + MOST_CAPTION]:
        if _SENTENCE_END.search(whole):
            break
        whole += f" {line}"
    return whole
