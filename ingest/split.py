"""Document -> Chunks: whole sentences, by structure first, with exact offsets.

Blank lines, headings, code fences and page breaks divide a document into blocks, and text blocks
into sentences (English and Chinese). Neighbouring sentences are packed into chunks up to a limit
in tokens, and once a chunk is half full it ends with its paragraph. A chunk never crosses a
heading or a page; only a sentence that is over the limit by itself is cut, at white space where
it has some.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.errors import LoadError
from ingest.schema import Chunk, Document

CountTokens = Callable[[Sequence[str]], list[int]]

_LINE = re.compile(r"([^\n\f]*)([\n\f]|\Z)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")
_NO_HEADING_START = re.compile(r"[-*+>|#`~=_]|\d+[.)]\s|https?://")
_NO_HEADING_END = tuple(".。!！?？:：;；,，、…|\"”'")
_PLAIN_HEADING_LENGTH = 80
_PLAIN_HEADING_LEVEL = 7
_LIST_MARKER = re.compile(r"\(?\w{1,3}[.)]|[-*+•]")
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A heading, a sentence or a run of code: the smallest thing that a chunk is made of."""

    start: int
    end: int
    opens_block: bool
    heading: bool
    headings: tuple[str, ...]


def split_document(document: Document, count_tokens: CountTokens, limit: int) -> list[Chunk]:
    """Cut a document into chunks of at most `limit` tokens. Raises LoadError if none come."""
    chunks: list[Chunk] = []
    run: list[_Unit] = []
    size = 0
    for unit, tokens in _fitting_units(document.text, count_tokens, limit):
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
    """Yield the span of each sentence of `text`, English or Chinese, without outer space."""
    from sentencex import get_sentence_boundaries

    language = "zh" if _CHINESE.search(text) else "en"
    list_marker = None
    for found in get_sentence_boundaries(language, text):
        sentence, start = found["text"], found["start_index"]
        body = sentence.strip()
        if not body:
            continue
        start += sentence.index(body)
        end = start + len(body)
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
    identity = f"{document.name}\0{document.sha256}\0{position}\0{start}\0{end}"
    return Chunk(
        id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        document=document.name,
        text=document.text[start:end],
        start=start,
        end=end,
        page=document.page_at(start),
        headings=run[-1].headings,
    )


def _fitting_units(text: str, count_tokens: CountTokens, limit: int) -> Iterator[tuple[_Unit, int]]:
    """Yield units and their sizes in tokens, those over the limit halved until they fit."""
    units = list(_units(text))
    sizes = count_tokens([text[unit.start : unit.end] for unit in units]) if units else []
    stack = list(zip(reversed(units), reversed(sizes), strict=True))
    while stack:
        unit, tokens = stack.pop()
        if tokens <= limit or unit.end - unit.start < 2:
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
        heading = None if code else _parse_heading(block)
        if heading is not None:
            open_headings = [entry for entry in open_headings if entry[0] < heading[0]]
            open_headings.append(heading)
        path = tuple(title for _, title in open_headings)
        spans = [(0, end - start)] if code or heading else split_sentences(block)
        for number, (first, last) in enumerate(spans):
            yield _Unit(start + first, start + last, number == 0, heading is not None, path)


def _parse_heading(block: str) -> tuple[int, str] | None:
    """Return level and title of a Markdown heading, or of a short line that stands alone."""
    if match := _ATX_HEADING.fullmatch(block):
        return len(match[1]), match[2]
    is_title = (
        "\n" not in block
        and len(block) <= _PLAIN_HEADING_LENGTH
        and any(character.isalpha() for character in block)
        and not _NO_HEADING_START.match(block)
        and not block.endswith(_NO_HEADING_END)
    )
    return (_PLAIN_HEADING_LEVEL, block) if is_title else None


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
            fence = marker[1] if marker else ""
        if start >= 0 and not fence and (alone or line[2] == "\f"):
            yield start, end, False
            start = -1
    if start >= 0:
        yield start, end, bool(fence)
