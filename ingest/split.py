"""Document -> Chunks: whole sentences and table rows, by structure first, with exact offsets.

Blank lines, headings, code fences and page breaks divide a document into blocks, text blocks
into sentences (English and Chinese), and tables, as Markdown has them, into rows. Neighbours are
packed into chunks up to a limit in tokens, and once a chunk is half full it ends with its
paragraph. A chunk never crosses a heading or a page; only a sentence that is over the limit by
itself is cut, at white space where it has some, and a row only over the embedder's own limit.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.errors import LoadError
from ingest.schema import Chunk, Document

CountTokens = Callable[[Sequence[str]], list[int]]

LONGEST_SENTENCE = 10_000
"""Characters that are looked at together for the ends of sentences."""

_LINE = re.compile(r"([^\n\f]*)([\n\f]|\Z)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_ATX_END = re.compile(r"[ \t]#+\Z")
LONGEST_HEADING = 200
"""Characters kept of a heading or of a table's header as the context of a chunk."""
_NO_HEADING_START = re.compile(r"[-*+>|#`~=_]|\d+[.)]\s|https?://")
_NO_HEADING_END = tuple(".。!！?？:：;；,，、…|\"”'")
_PLAIN_HEADING_LENGTH = 80
_PLAIN_HEADING_LEVEL = 7
_ROW = re.compile(r"^[ \t]*\|.*$", re.MULTILINE)
_TABLE = re.compile(r"[ \t]*(\|.*)\n[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*(?:\n[ \t]*\|.*)*")
_LIST_MARKER = re.compile(r"\(?\w{1,3}[.)]|[-*+•]")
_BULLET = re.compile(r"^[ \t]*[•‣●○◦▪■□◆◇➤➢►▶✓✔*+-](?=[ \t])", re.MULTILINE)
_LETTERED = re.compile(r"\(\w{1,5}\)(?=[\s.,])")
_NUMBERED = re.compile(r"(?:\A|(?<=[.:;!?]\s))[ \t]*(?:(?:\d{1,4}|[IVXLC]+)\.|\w{1,3}\))(?=\s)")
_OPEN_QUOTE = re.compile(r"‘(?![^‘\n]{1,150}’(?!\w))")
"""The library takes all that follows such a mark for one sentence: up to the next item of a list,
or to the quotation's end, which may be another one's."""
_ITEM_END = (".", ":", ";", "!", "?", "。", "：", "；", "！", "？")
"""Where a line ends so, a mark in parentheses on the next begins an item."""
_TO_FULL_STOP = re.compile(r".+?(?:[。！？](?=\d)|\Z)", re.DOTALL)
"""The library ends no sentence at a Chinese full stop that a number follows."""
_DOTTED_NAME = re.compile(r"\b[A-Z]{2,}\.\Z")
_WORD_START = re.compile(r"[A-Za-z]")
"""The library ends a sentence within a name such as ML.ENERGY."""
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A heading, a sentence, a row or a run of code: the smallest thing a chunk is made of."""

    start: int
    end: int
    opens_block: bool
    heading: bool
    headings: tuple[str, ...]
    table_header: str = ""


def split_document(
    document: Document, count_tokens: CountTokens, limit: int, row_limit: int | None = None
) -> list[Chunk]:
    """Cut a document into chunks of at most `limit` tokens. Raises LoadError if none come.

    A table row that is longer is a chunk by itself, of up to `row_limit` tokens.
    """
    chunks: list[Chunk] = []
    run: list[_Unit] = []
    size = 0
    for unit, tokens in _fitting_units(document.text, count_tokens, limit, row_limit or limit):
        full = size + tokens > limit or (unit.opens_block and size * 2 >= limit)
        if run and (full or _divides(document, run[-1], unit)):
            chunks.append(_chunk(document, run, len(chunks)))
            run, size = [], 0
        run.append(unit)
        size += tokens
    if not run:
        raise LoadError("It is empty: there is no text in it.")
    return [*chunks, _chunk(document, run, len(chunks))]


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of each sentence of `text`, English or Chinese, and of each table row.

    Outer space is left out.
    """
    at = 0
    for row in _ROW.finditer(text):
        yield from _prose_sentences(text, at, row.start())
        start = row.end() - len(row[0].lstrip())
        yield start, start + len(row[0].strip())
        at = row.end()
    yield from _prose_sentences(text, at, len(text))


def _prose_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for first, last in _bounded(text, start, end):
        for sentence_start, sentence_end in _sentences(text[first:last]):
            yield first + sentence_start, first + sentence_end


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a long stretch at white space, so that no text makes the splitter slow."""
    while end - start > LONGEST_SENTENCE:
        cut = start + LONGEST_SENTENCE
        space = max(text.rfind(" ", start, cut), text.rfind("\n", start, cut))
        cut = space if space > start + LONGEST_SENTENCE // 2 else cut
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a text; each item of a list begins one."""
    starts = {0, len(text), *(mark.start() for mark in _BULLET.finditer(text))}
    plain = _BULLET.sub(_mask, text)
    for pattern in (_LETTERED, _NUMBERED):
        for mark in pattern.finditer(text):
            before = text[: mark.start()].rstrip(" \t")
            if before.endswith("\n") and before.rstrip().endswith(_ITEM_END):
                starts.add(mark.start())
        plain = pattern.sub(_mask, plain)
    plain = _OPEN_QUOTE.sub(_mask, plain)
    for start, end in pairwise(sorted(starts)):
        for first, last in _plain_sentences(plain[start:end]):
            yield start + first, start + last


def _mask(mark: re.Match[str]) -> str:
    return re.sub(r"\S", "x", mark[0])


def _plain_sentences(text: str) -> Iterator[tuple[int, int]]:
    from sentencex import get_sentence_boundaries

    language = "zh" if _CHINESE.search(text) else "en"
    list_marker = None
    parts = (
        (found["start_index"] + part.start(), part[0])
        for found in get_sentence_boundaries(language, text)
        for part in _TO_FULL_STOP.finditer(found["text"])
    )
    begun: int | None = None
    for start, part in parts:
        body = part.strip()
        if not body:
            continue
        start += part.index(body)
        end = start + len(body)
        start, begun = (start if begun is None else begun), None
        if _DOTTED_NAME.search(text[start:end]) and _WORD_START.match(text, end):
            begun = start
            continue
        body = text[start:end]
        if list_marker is None and _LIST_MARKER.fullmatch(body):
            list_marker = start, end
            continue
        yield (list_marker[0] if list_marker else start), end
        list_marker = None
    if list_marker:
        yield list_marker


def _divides(document: Document, last: _Unit, unit: _Unit) -> bool:
    """Tell whether a new chunk starts at `unit`: at a new heading, or on another page."""
    new_heading = unit.heading and not last.heading
    return new_heading or document.page_at(last.start) != document.page_at(unit.start)


def _chunk(document: Document, run: Sequence[_Unit], position: int) -> Chunk:
    start, end = run[0].start, run[-1].end
    title = document.metadata.get("title", "")  # it is embedded too, and a sidecar may change it
    identity = f"{document.name}\0{document.sha256}\0{title}\0{position}\0{start}\0{end}"
    return Chunk(
        id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        document=document.name,
        text=document.text[start:end],
        start=start,
        end=end,
        page=document.page_at(start),
        headings=run[-1].headings,
        table_header=run[0].table_header,
    )


def _fitting_units(
    text: str, count_tokens: CountTokens, limit: int, row_limit: int
) -> Iterator[tuple[_Unit, int]]:
    """Yield units and their sizes in tokens, those over the limit halved until they fit."""
    units = list(_units(text))
    sizes = count_tokens([text[unit.start : unit.end] for unit in units]) if units else []
    stack = list(zip(reversed(units), reversed(sizes), strict=True))
    while stack:
        unit, tokens = stack.pop()
        most = row_limit if unit.table_header else limit
        if tokens <= most or unit.end - unit.start < 2:
            yield unit, tokens
            continue
        first, second = _halve(text, unit)
        first_tokens, second_tokens = count_tokens(
            [text[first.start : first.end], text[second.start : second.end]]
        )
        stack += [(second, second_tokens), (first, first_tokens)]


def _halve(text: str, unit: _Unit) -> tuple[_Unit, _Unit]:
    """Cut a unit near its middle, at white space if there is some in its middle half."""
    quarter = (unit.end - unit.start) // 4
    middle = (unit.start + unit.end) // 2
    cut = middle
    for distance in range(quarter):
        if text[middle - distance].isspace():
            cut = middle - distance
            break
        if text[middle + distance].isspace():
            cut = middle + distance
            break
    left = text[unit.start : cut].rstrip()
    right = text[cut : unit.end].lstrip()
    return (
        replace(unit, end=unit.start + len(left)),
        replace(unit, start=unit.end - len(right), opens_block=False),
    )


def _units(text: str) -> Iterator[_Unit]:
    open_headings: list[tuple[int, str]] = []
    for start, end, code in _blocks(text):
        block = text[start:end]
        if not code and (table := _TABLE.fullmatch(block)):
            headings = tuple(title for _, title in open_headings)
            yield from _rows(start, block, table[1].strip()[:LONGEST_HEADING], headings)
            continue
        heading = None if code else _parse_heading(block)
        if heading is not None:
            open_headings = [entry for entry in open_headings if entry[0] < heading[0]]
            open_headings.append(heading)
        path = tuple(title for _, title in open_headings)
        spans = [(0, end - start)] if code or heading else split_sentences(block)
        for number, (first, last) in enumerate(spans):
            yield _Unit(start + first, start + last, number == 0, heading is not None, path)


def _rows(start: int, block: str, header: str, headings: tuple[str, ...]) -> Iterator[_Unit]:
    """Yield the units of a table: its header with the line under it, and each row."""
    lines = block.split("\n")
    top = len(lines[0]) + 1 + len(lines[1])
    yield _Unit(start, start + top, opens_block=True, heading=False, headings=headings)
    at = start + top + 1
    for line in lines[2:]:
        yield _Unit(at, at + len(line), False, False, headings, header)  # noqa: FBT003
        at += len(line) + 1


def _parse_heading(block: str) -> tuple[int, str] | None:
    """Return level and title of a Markdown heading, or of a short line that stands alone."""
    if match := _ATX_HEADING.fullmatch(block):
        return len(match[1]), _ATX_END.sub("", match[2].rstrip()).strip()[:LONGEST_HEADING]
    is_title = (
        "\n" not in block
        and len(block) <= _PLAIN_HEADING_LENGTH
        and any(character.isalpha() for character in block)
        and not _NO_HEADING_START.match(block)
        and not block.endswith(_NO_HEADING_END)
    )
    return (_PLAIN_HEADING_LEVEL, block) if is_title else None


def _closes(fence: str, text: str, at: int) -> bool:
    """Tell whether a code fence is closed on its page; one that is not is a line like others."""
    page_end = text.find("\f", at)
    closing = re.compile(rf"^ {{0,3}}{fence}{fence[0]}*[ \t]*$", re.MULTILINE)
    return closing.search(text, at, len(text) if page_end < 0 else page_end) is not None


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and "is code" of each paragraph, heading line and fenced block."""
    start = end = -1
    fence = ""
    for line in _LINE.finditer(text):
        content = line[1].strip()
        marker = _FENCE.match(line[1])
        if fence:
            end = line.end(1)
            if marker and marker[1].startswith(fence) and content == marker[1]:
                yield start, end, True
                start, fence = -1, ""
            continue
        alone = bool(marker or _ATX_HEADING.fullmatch(line[1]))
        if start >= 0 and (alone or not content):
            yield start, end, False
            start = -1
        if content:
            if start < 0:
                start = line.start(1) + line[1].index(content)
            end = line.start(1) + len(line[1].rstrip())
            fence = marker[1] if marker and _closes(marker[1], text, line.end()) else ""
        if start >= 0 and not fence and (alone or line[2] == "\f"):
            yield start, end, False
            start = -1
    if start >= 0:
        yield start, end, bool(fence)
