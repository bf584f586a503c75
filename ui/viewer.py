"""The viewer: a document with words marked and its known errors struck, as a page or as text.

All text of others is escaped here.
"""

import base64
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from ingest.errata import Erratum
from ingest.formats.pdf_page import Box, PageImage
from ingest.schema import Document
from rag.schema import Language
from ui.html import back
from ui.links import Action, link
from ui.words import tell

_Faulty = tuple[int, int, Erratum]
Span = tuple[int, int]
WINDOW = 20_000
"""Characters of a document shown on either side of the cited words."""


def text_html(
    document: Document, marked: Span, errata: Sequence[Erratum], language: Language
) -> str:
    """Return a document's text around the marked characters, and errata struck."""
    start, end = marked
    first, last = max(0, start - WINDOW), min(len(document.text), end + WINDOW)
    before = "<p class='sic-cut'>…</p>" if first else ""
    after = "<p class='sic-cut'>…</p>" if last < len(document.text) else ""
    text = _marked_text(document.text, first, last, marked, errata, language)
    shown = f"<div class='sic-text' tabindex='0'>{before}{text}{after}</div>"
    other: tuple[Action, str] | None = ("open", "as page") if document.can_be_drawn else None
    return _document_html(document, marked, other, shown, language)


def page_html(
    document: Document,
    marked: Span,
    errata: Sequence[Erratum],
    drawn: PageImage,
    language: Language,
) -> str:
    """Return the page of the marked characters as it looks, and errata struck.

    The first boxes of what was drawn are the marked characters'; those of `faulty_spans` follow.
    """
    page = document.page_at(marked[0]) or 1
    own, *others = drawn.boxes
    quote = escape(" ".join(document.text[slice(*marked)].split()))
    marks = [f"<mark role='img' aria-label='{quote}'{_place(box)}></mark>" for box in own[:1]]
    marks += [f"<mark{_place(box)}></mark>" for box in own[1:]]
    faulty = faulty_spans(document, page, errata)
    for (_, _, erratum), boxes in zip(faulty, others, strict=True):
        tag = _tag(erratum)
        marks += [f"<{tag} class='sic-wrong'{_place(box)}></{tag}>" for box in boxes]
    told = {erratum.id: erratum for _, _, erratum in faulty}.values()
    notes = "".join(f"<p>{_note_html(erratum, language)}</p>" for erratum in told)
    image = base64.b64encode(drawn.image).decode()
    label = escape(f"{document.name}, {tell('page', language, page=page)}")
    shown = (
        f"{_pages_html(document, page, language)}<div class='sic-text' tabindex='0'>{notes}"
        f"<label class='sic-sheet'><input type='checkbox' aria-label='{tell('enlarge', language)}'>"
        f"<span><img alt='{label}' width='{drawn.width}' height='{drawn.height}' "
        f"src='data:image/webp;base64,{image}'>{''.join(marks)}</span></label></div>"
    )
    return _document_html(document, marked, ("read", "as text"), shown, language)


def faulty_spans(document: Document, page: int, errata: Sequence[Erratum]) -> list[_Faulty]:
    """Return the characters of a page that are known to be wrong."""
    first, end = document.pages[page - 1], document.end_of_page(page)
    return [one for one in _faulty(errata) if one[0] < end and first < one[1]]


def _document_html(
    document: Document,
    marked: Span,
    other: tuple[Action, str] | None,
    shown: str,
    language: Language,
) -> str:
    """Return the viewer around a document; `other` is the way to show it that is not used."""
    facts = [document.name, document.metadata.get("date", "")]
    if page := document.page_at(marked[0]):
        facts.append(tell("page", language, page=page))
    turn = ""
    if other:
        target = escape(link(other[0], document.name, *marked))
        turn = f"<a class='sic-turn' href='{target}'>{tell(other[1], language)}</a>"
    return (
        f"<article class='sic-document'><nav class='sic-nav'>{back(language)}{turn}"
        f"{_steps(language)}</nav><h2>{escape(document.title)}</h2>"
        f"<p class='sic-facts'>{escape(' · '.join(fact for fact in facts if fact))}</p>"
        f"{_metadata_html(document, language)}{shown}</article>"
    )


def _metadata_html(document: Document, language: Language) -> str:
    """Return what the document states of itself, folded."""
    stated = {
        **document.metadata,
        "characters": f"{len(document.text):,}",
        "sha256": document.sha256,
    }
    rows = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in stated.items()
    )
    summary = tell("metadata", language)
    return f"<details class='sic-metadata'><summary>{summary}</summary><dl>{rows}</dl></details>"


def _pages_html(document: Document, page: int, language: Language) -> str:
    """Return the page's number between links to those before and behind it."""
    links = []
    for other, key, sign in ((page - 1, "page before", "←"), (page + 1, "page after", "→")):
        if 1 <= other <= len(document.pages):
            at = document.pages[other - 1]
            target, label = escape(link("open", document.name, at, at)), tell(key, language)
            links.append(f"<a href='{target}' aria-label='{label}' title='{label}'>{sign}</a>")
        else:
            links.append("<span></span>")
    told = tell("page of", language, page=page, count=len(document.pages))
    return f"<nav class='sic-pages'>{links[0]}<span>{told}</span>{links[1]}</nav>"


def _place(box: Box) -> str:
    """Return a box as an attribute: where it lies over the page's picture."""
    places = zip(("left", "top", "width", "height"), box, strict=True)
    return f" style='{';'.join(f'{side}:{100 * share:.2f}%' for side, share in places)}'"


def _faulty(errata: Sequence[Erratum]) -> list[_Faulty]:
    return [(place.start, place.end, one) for one in errata for place in one.places]


def _tag(erratum: Erratum) -> str:
    return "del" if erratum.entry.kind == "error" else "u"


def _marked_text(
    text: str,
    first: int,
    last: int,
    marked: Span,
    errata: Sequence[Erratum],
    language: Language,
) -> str:
    """Return a part of a text as HTML, cut where the marked words and faulty ones begin and end."""
    faulty = _faulty(errata)
    edges = {first, last, *marked, *(at for start, end, _ in faulty for at in (start, end))}
    cuts = sorted(at for at in edges if first <= at <= last)
    parts: list[str] = []
    noted: set[str] = set()
    for start, end in pairwise(cuts):
        part = escape(text[start:end])
        own = next((one for one in faulty if one[0] <= start and end <= one[1]), None)
        if own:
            tag = _tag(own[2])
            part = f"<{tag} class='sic-wrong'>{part}</{tag}>"
        if marked[0] <= start < end <= marked[1]:
            part = f"<mark>{part}</mark>"
        parts.append(part)
        if own and end == own[1]:
            told = own[2].id in noted or not _is_noted_at(own, faulty, marked)
            noted |= {own[2].id} if not told else set()
            note = _note_html(own[2], language)
            parts.append("<ins class='sic-right'>[sic]</ins>" if told else note)
    return "".join(parts)


def _is_noted_at(own: _Faulty, faulty: Sequence[_Faulty], marked: Span) -> bool:
    """Tell whether a place is that of its erratum's note: one that is marked, or else any."""
    places = [one for one in faulty if one[2].id == own[2].id]
    shown = [one for one in places if one[0] < marked[1] and marked[0] < one[1]]
    return own in (shown or places)


def _note_html(erratum: Erratum, language: Language) -> str:
    """Return what stands behind faulty words: what is right, and who says so."""
    right = escape(erratum.right_in(language))
    return f"<ins class='sic-right'>[sic: {right} — {escape(erratum.entry.authority)}]</ins>"


def _steps(language: Language) -> str:
    """Return the buttons that go through an answer's citations; the page's script shows them."""
    return "".join(
        f"<button type='button' class='sic-step' data-step='{step}' hidden "
        f"aria-label='{tell(key, language)}' title='{tell(key, language)}'>{sign}</button>"
        for step, key, sign in ((-1, "previous", "‹"), (1, "next", "›"))
    )
