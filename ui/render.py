"""Answers, passages and documents as Markdown and HTML. All text of others is escaped here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Literal, get_args
from urllib.parse import parse_qs, quote, urlsplit

from ingest.errata import Erratum, ErratumEntry, Registry
from ingest.manifest import Entry
from ingest.schema import Document
from rag.compose import escape_markdown
from rag.schema import Answer, Calculation, Citation, Correction, Language, Passage, Sentence

Action = Literal["open", "remove", "restore", "accept", "reject"]
_Faulty = tuple[int, int, Erratum]
WINDOW = 20_000
"""Characters of a document shown on either side of the cited words."""
SNIPPET = 180
_MARK = re.compile(r"\s*(?:\[\\\[[E\d]\d*\\\]\]\(#open[^)]*\)|\\\[C\d+\\\])")
_BOLD = re.compile(r"(?<!\\)\*\*")
_URL_SAFE = ":/?&=%+,;@~-._"
SOURCE: dict[Language, str] = {"en": "According to", "zh": "依据："}


ACCEPTING: tuple[tuple[Action, str], ...] = (("accept", "Accept"), ("reject", "Reject"))


@dataclass(frozen=True, slots=True)
class Link:
    """What a link of the page does to a document or an erratum, and the words that it marks."""

    action: Action
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change to a document, or to none in particular; how to undo it."""

    name: str
    text: str
    is_good: bool = True
    undo: str = ""


def link(action: Action, name: str, start: int = 0, end: int = 0) -> str:
    """Return the fragment that does something to a document, or an erratum, of that name.

    The page's script acts on it.
    """
    return f"#{action}?name={quote(name, safe='')}&start={start}&end={end}"


def parse_link(fragment: str) -> Link | None:
    """Read what `link` wrote; return nothing for anything else."""
    parts = urlsplit(fragment.lstrip("#"))
    values = {key: found[0] for key, found in parse_qs(parts.query).items()}
    start, end = values.get("start", ""), values.get("end", "")
    action = next((one for one in get_args(Action) if one == parts.path), None)
    if action is None or not (start.isdecimal() and end.isdecimal()):
        return None
    return Link(action, values.get("name", ""), int(start), int(end))


def mark(citation: Citation) -> str:
    """Return a citation's mark as a Markdown link."""
    target = link("open", citation.document, citation.start, citation.end)
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
    return link("open", correction.document, correction.start, correction.end)


def references_markdown(citations: Sequence[Citation]) -> str:
    """Return a list of references: each mark with its title, place, date and words."""
    lines = []
    for one in citations:
        page = f"page {one.page}" if one.page else ""
        where = ", ".join(filter(None, [one.document, page, one.date]))
        quote = escape_markdown(" ".join(one.quote.split()))
        title = escape_markdown(one.title)
        lines.append(f"- {mark(one)} {title}. {escape_markdown(where)}: “{quote}”")
    return "\n".join(lines)


def passages_markdown(passages: Sequence[Passage]) -> str:
    """Return the passages found, a line each, with links to open them."""
    lines = []
    for passage in passages:
        section = passage.headings[-1] if passage.headings else passage.title
        page = f"page {passage.page}" if passage.page else ""
        where = escape_markdown(", ".join(filter(None, [section, page, passage.date])))
        text = " ".join(passage.text.split())
        snippet = escape_markdown(text[:SNIPPET] + ("…" if len(text) > SNIPPET else ""))
        target = link("open", passage.document, passage.start, passage.end)
        lines.append(f"{passage.number}. [{where}]({target})<br>{snippet}")
    return "\n".join(lines)


def abstention_markdown(answer: Answer) -> str:
    """Return "not in the documents", if no sentence says it, and the nearest passages."""
    nearest = {"en": "The nearest passages:", "zh": "最接近的段落："}[answer.language]
    told = "\n\n" if answer.sentences else f"**{answer.text}** "
    if not answer.passages:
        return told
    return f"{told}{nearest}\n\n{passages_markdown(answer.passages[:3])}"


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
        target = link("open", citation.document, start, start + len(operand.words))
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


def corpus_html(entries: Sequence[Entry], folder: str, registry: Registry, notice: str = "") -> str:
    """Return the list of what is in the corpus, its errata, and what could not be read."""
    items = []
    for entry in entries:
        remove = (
            f"<a class='sic-act' href='{escape(link('remove', entry.name))}' "
            f"aria-label='Remove {escape(entry.name)}'>Remove</a>"
        )
        if entry.error:
            items.append(
                f"<li class='sic-failed'><b>{escape(entry.name)}</b>"
                f"<span>Not read: {escape(entry.error)} {remove}</span></li>"
            )
        else:
            errata = len(registry.of_document(entry.name))
            facts = [escape(entry.name), count_passages(entry.chunks)]
            facts += [f"{errata} known error{'s' * (errata > 1)}"] if errata else []
            items.append(
                f"<li><a href='{escape(link('open', entry.name))}'>{escape(entry.title)}</a>"
                f"<span>{' · '.join(facts)} {remove}</span></li>"
            )
    items += [
        f"<li class='sic-failed'><b>errata.yaml</b><span>{escape(problem)}</span></li>"
        for problem in registry.problems
    ]
    ready = sum(1 for entry in entries if not entry.error)
    listed = "".join(items) or f"<li><span>Put files into {escape(folder)}.</span></li>"
    return (
        f"<section class='sic-corpus'><h2>Documents <small>{ready}</small></h2>{notice}"
        f"<ul>{listed}</ul></section>"
    )


def count_passages(count: int) -> str:
    """Return how many passages there are, in words."""
    return f"{count:,} passage{'s' * (count != 1)}"


def errata_html(registry: Registry, proposed: Sequence[ErratumEntry], notice: str = "") -> str:
    """Return the list of errata: those proposed first, then those in force, and what is amiss."""
    items = [f"<li class='sic-failed'><span>{escape(one)}</span></li>" for one in registry.problems]
    for entry in proposed:
        buttons = " ".join(
            f"<a class='sic-act' href='{escape(link(action, entry.id))}' "
            f"aria-label='{told} {escape(entry.id)}'>{told}</a>"
            for action, told in ACCEPTING
        )
        items.append(f"<li>{_erratum_html(entry)}<span>Proposed. {buttons}</span></li>")
    for one in registry.errata:
        place = one.places[0]
        target = escape(link("open", place.document, place.start, place.end))
        shown = f"<a href='{target}'>{escape(place.document)}</a>"
        items.append(f"<li>{_erratum_html(one.entry)}<span>In force, of {shown}</span></li>")
    listed = "".join(items) or "<li><span>No errors of the documents are known.</span></li>"
    return (
        f"<section class='sic-corpus'><h2>Corrections <small>{len(registry.errata)}</small></h2>"
        f"{notice}<ul>{listed}</ul></section>"
    )


def _erratum_html(entry: ErratumEntry) -> str:
    tag = "del" if entry.kind == "error" else "u"
    right = next(iter(entry.right.values()))
    return (
        f"<p><{tag} class='sic-wrong'>{escape(' '.join(entry.wrong.split()))}</{tag}> "
        f"<ins class='sic-right'>{escape(right)}</ins></p><span>{escape(entry.authority)}</span>"
    )


def outcome_html(outcomes: Sequence[Outcome]) -> str:
    """Return what came of changes, a line each; it is read out when it comes."""
    lines = []
    for one in outcomes:
        name = f"<b>{escape(one.name)}</b> " if one.name else ""
        undo = f" <a href='{escape(one.undo)}'>Undo</a>" if one.undo else ""
        kind = "" if one.is_good else " class='sic-failed'"
        lines.append(f"<li{kind}>{name}{escape(one.text)}{undo}</li>")
    return f"<ul class='sic-outcome' role='status'>{''.join(lines)}</ul>"


def missing_html(name: str) -> str:
    """Return a notice that a document is not in the corpus any more."""
    return (
        "<article class='sic-document'><a class='sic-back' href='#corpus'>← All documents</a>"
        f"<p>{escape(name)} is not among the documents any more.</p></article>"
    )


def notice_html(text: str, kind: str) -> str:
    """Return the line at the top of the page; empty text hides it."""
    return f"<div class='sic-notice sic-{kind}' role='status'>{escape(text)}</div>" if text else ""
