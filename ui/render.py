"""Answers, passages and documents as Markdown and HTML. All text of others is escaped here."""

import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from urllib.parse import parse_qs, quote, urlsplit

from ingest.errata import Erratum, Registry
from ingest.manifest import Entry
from ingest.schema import Document
from rag.compose import escape_markdown
from rag.schema import Answer, Calculation, Citation, Correction, Language, Passage, Sentence

_Faulty = tuple[int, int, Erratum]
WINDOW = 20_000
"""Characters of a document shown on either side of the cited words."""
SNIPPET = 180
_MARK = re.compile(r"\s*(?:\[\\\[[E\d]\d*\\\]\]\(#open[^)]*\)|\\\[C\d+\\\])")
_BOLD = re.compile(r"(?<!\\)\*\*")
_URL_SAFE = ":/?&=%+,;@~-._"
SOURCE: dict[Language, str] = {"en": "According to", "zh": "依据："}


def link(document: str, start: int, end: int) -> str:
    """Return the fragment that opens a document at some words; the page's script acts on it."""
    return f"#open?document={quote(document, safe='')}&start={start}&end={end}"


def parse_link(fragment: str) -> tuple[str, int, int] | None:
    """Read what `link` wrote; return nothing for anything else."""
    parts = urlsplit(fragment.lstrip("#"))
    values = {key: found[0] for key, found in parse_qs(parts.query).items()}
    start, end = values.get("start", ""), values.get("end", "")
    if parts.path != "open" or not (start.isdecimal() and end.isdecimal()):
        return None
    return values.get("document", ""), int(start), int(end)


def mark(citation: Citation) -> str:
    """Return a citation's mark as a Markdown link."""
    target = link(citation.document, citation.start, citation.end)
    return f"[\\[{citation.number}\\]]({target})"


def sentence_markdown(
    sentence: Sentence, citations: Sequence[Citation], correction: Correction | None = None
) -> str:
    """Return a sentence with its marks; that of a correction opens the faulty words."""
    marks = [mark(one) for one in citations]
    if correction:
        marks = [f"[\\[{correction.mark}\\]]({_faulty_link(correction)})", *marks]
    elif sentence.mark:
        marks = [f"\\[{sentence.mark}\\]", *marks]
    text = escape_markdown(sentence.text)
    return f"{f'**{text}**' if correction else text} {''.join(marks)}"


def corrections_markdown(corrections: Sequence[Correction], language: Language) -> str:
    """Return who says what is right, and the faulty words with a link to where they stand."""
    lines = []
    for one in corrections:
        words = escape_markdown(" ".join(one.wrong.split()))
        source = escape_markdown(one.authority)
        if one.url:
            source = f"[{source}]({quote(one.url, safe=_URL_SAFE)})"
        struck = words if one.kind == "qualifies" else f"~~{words}~~"
        where = f"[{escape_markdown(one.document)}]({_faulty_link(one)})"
        lines.append(f"- \\[{one.mark}\\] {SOURCE[language]} {source}<br>{where}: {struck}")
    return "\n".join(lines)


def _faulty_link(correction: Correction) -> str:
    return link(correction.document, correction.start, correction.end)


def passages_markdown(passages: Sequence[Passage]) -> str:
    """Return the passages found, a line each, with links to open them."""
    lines = []
    for passage in passages:
        section = passage.headings[-1] if passage.headings else passage.title
        page = f"page {passage.page}" if passage.page else ""
        where = escape_markdown(", ".join(filter(None, [section, page, passage.date])))
        text = " ".join(passage.text.split())
        snippet = escape_markdown(text[:SNIPPET] + ("…" if len(text) > SNIPPET else ""))
        target = link(passage.document, passage.start, passage.end)
        lines.append(f"{passage.number}. [{where}]({target})<br>{snippet}")
    return "\n".join(lines)


def abstention_markdown(answer: Answer) -> str:
    """Return "not in the documents" with the nearest passages to look at."""
    nearest = {"en": "The nearest passages:", "zh": "最接近的段落："}[answer.language]
    if not answer.passages:
        return answer.text
    return f"**{answer.text}** {nearest}\n\n{passages_markdown(answer.passages[:3])}"


def calculation_markdown(calculation: Calculation, answer: Answer) -> str:
    """Return the working of a number: each operand with a link to where it stands."""
    own = {"en": "of the question", "zh": "问题中的数字"}[answer.language]
    cited = {citation.number: citation for citation in answer.citations}
    lines = []
    for operand in calculation.operands:
        words = escape_markdown(operand.words)
        if operand.citation is None:
            lines.append(f"- {words} ({own})")
            continue
        citation = cited[operand.citation]
        start = citation.start + max(citation.quote.find(operand.words), 0)
        target = link(citation.document, start, start + len(operand.words))
        lines.append(f"- [{words}]({target}) {mark(citation)}")
    return "\n".join([*lines, "", f"**{escape_markdown(calculation.text)}**"])


def plain_text(markdown: str) -> str:
    """Return what a reply of this page says, without its marks and escapes."""
    bare = _BOLD.sub("", _MARK.sub("", markdown))
    return re.sub(r"\\(\W)", r"\1", bare)


def document_html(document: Document, start: int, end: int, errata: Sequence[Erratum] = ()) -> str:
    """Return a document with the characters from `start` to `end` marked, and errata struck."""
    start = min(start, len(document.text))
    end = max(start, min(end, len(document.text)))
    first, last = max(0, start - WINDOW), min(len(document.text), end + WINDOW)
    facts = [document.name, document.metadata.get("date", "")]
    if page := document.page_at(start):
        facts.append(f"page {page}")
    text = _marked_text(document.text, first, last, (start, end), errata)
    before = "<p class='sic-cut'>…</p>" if first else ""
    after = "<p class='sic-cut'>…</p>" if last < len(document.text) else ""
    return (
        "<article class='sic-document'><a class='sic-back' href='#corpus'>← All documents</a>"
        f"<h2>{escape(document.title)}</h2>"
        f"<p class='sic-facts'>{escape(' · '.join(fact for fact in facts if fact))}</p>"
        f"<div class='sic-text' tabindex='0'>{before}{text}{after}</div></article>"
    )


def _marked_text(
    text: str, first: int, last: int, marked: tuple[int, int], errata: Sequence[Erratum]
) -> str:
    """Return a part of a text as HTML, cut where the marked words and faulty ones begin and end."""
    faulty = [(place.start, place.end, one) for one in errata for place in one.places]
    edges = {first, last, *marked, *(at for start, end, _ in faulty for at in (start, end))}
    cuts = sorted(at for at in edges if first <= at <= last)
    parts: list[str] = []
    noted: set[str] = set()
    for start, end in pairwise(cuts):
        part = escape(text[start:end])
        own = next((one for one in faulty if one[0] <= start and end <= one[1]), None)
        if own:
            tag = "del" if own[2].entry.kind == "error" else "u"
            part = f"<{tag} class='sic-wrong'>{part}</{tag}>"
        if marked[0] <= start < end <= marked[1]:
            part = f"<mark>{part}</mark>"
        parts.append(part)
        if own and end == own[1]:
            told = own[2].id in noted or not _is_noted_at(own, faulty, marked)
            noted |= {own[2].id} if not told else set()
            parts.append("<ins class='sic-right'>[sic]</ins>" if told else _note_html(own[2]))
    return "".join(parts)


def _is_noted_at(own: _Faulty, faulty: Sequence[_Faulty], marked: tuple[int, int]) -> bool:
    """Tell whether a place is that of its erratum's note: one that is marked, or else any."""
    places = [one for one in faulty if one[2].id == own[2].id]
    shown = [one for one in places if one[0] < marked[1] and marked[0] < one[1]]
    return own in (shown or places)


def _note_html(erratum: Erratum) -> str:
    """Return what stands behind faulty words: what is right, and who says so."""
    right = escape(erratum.right_in("en"))
    return f"<ins class='sic-right'>[sic: {right} — {escape(erratum.entry.authority)}]</ins>"


def corpus_html(entries: Sequence[Entry], folder: str, registry: Registry) -> str:
    """Return the list of what is in the corpus, its errata, and what could not be read."""
    items = []
    for entry in entries:
        if entry.error:
            items.append(
                f"<li class='sic-failed'><b>{escape(entry.name)}</b>"
                f"<span>Not read: {escape(entry.error)}</span></li>"
            )
        else:
            errata = len(registry.of_document(entry.name))
            known = f" · {errata} known error{'s' * (errata > 1)}" if errata else ""
            items.append(
                f"<li><a href='{escape(link(entry.name, 0, 0))}'>{escape(entry.title)}</a>"
                f"<span>{escape(entry.name)} · {entry.chunks} passages{known}</span></li>"
            )
    items += [
        f"<li class='sic-failed'><b>errata.yaml</b><span>{escape(problem)}</span></li>"
        for problem in registry.problems
    ]
    ready = sum(1 for entry in entries if not entry.error)
    listed = "".join(items) or f"<li><span>Put files into {escape(folder)}.</span></li>"
    return (
        f"<section class='sic-corpus'><h2>Documents <small>{ready}</small></h2>"
        f"<ul>{listed}</ul></section>"
    )


def missing_html(name: str) -> str:
    """Return a notice that a document is not in the corpus any more."""
    return (
        "<article class='sic-document'><a class='sic-back' href='#corpus'>← All documents</a>"
        f"<p>{escape(name)} is not among the documents any more.</p></article>"
    )


def notice_html(text: str, kind: str) -> str:
    """Return the line at the top of the page; empty text hides it."""
    return f"<div class='sic-notice sic-{kind}' role='status'>{escape(text)}</div>" if text else ""
