"""Documents, lists and notices as HTML. All text of others is escaped here."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from ingest.errata import Erratum, ErratumEntry, Registry
from ingest.manifest import Entry
from ingest.schema import Document
from rag.schema import Language
from ui.links import Action, link
from ui.words import count, tell

_Faulty = tuple[int, int, Erratum]
_DECISIONS: tuple[Action, ...] = ("accept", "reject")
WINDOW = 20_000
"""Characters of a document shown on either side of the cited words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change to a document, or to none in particular; how to undo it."""

    name: str
    text: str
    is_good: bool = True
    undo: str = ""


def document_html(
    document: Document, start: int, end: int, errata: Sequence[Erratum], language: Language
) -> str:
    """Return a document with the characters from `start` to `end` marked, and errata struck."""
    start = min(start, len(document.text))
    end = max(start, min(end, len(document.text)))
    first, last = max(0, start - WINDOW), min(len(document.text), end + WINDOW)
    facts = [document.name, document.metadata.get("date", "")]
    if page := document.page_at(start):
        facts.append(tell("page", language, page=page))
    text = _marked_text(document.text, first, last, (start, end), errata, language)
    before = "<p class='sic-cut'>…</p>" if first else ""
    after = "<p class='sic-cut'>…</p>" if last < len(document.text) else ""
    return (
        f"<article class='sic-document'><nav class='sic-nav'>{_back(language)}{_steps(language)}"
        f"</nav><h2>{escape(document.title)}</h2>"
        f"<p class='sic-facts'>{escape(' · '.join(fact for fact in facts if fact))}</p>"
        f"<div class='sic-text' tabindex='0'>{before}{text}{after}</div></article>"
    )


def _marked_text(
    text: str,
    first: int,
    last: int,
    marked: tuple[int, int],
    errata: Sequence[Erratum],
    language: Language,
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
            note = _note_html(own[2], language)
            parts.append("<ins class='sic-right'>[sic]</ins>" if told else note)
    return "".join(parts)


def _is_noted_at(own: _Faulty, faulty: Sequence[_Faulty], marked: tuple[int, int]) -> bool:
    """Tell whether a place is that of its erratum's note: one that is marked, or else any."""
    places = [one for one in faulty if one[2].id == own[2].id]
    shown = [one for one in places if one[0] < marked[1] and marked[0] < one[1]]
    return own in (shown or places)


def _note_html(erratum: Erratum, language: Language) -> str:
    """Return what stands behind faulty words: what is right, and who says so."""
    right = escape(erratum.right_in(language))
    return f"<ins class='sic-right'>[sic: {right} — {escape(erratum.entry.authority)}]</ins>"


def corpus_html(
    entries: Sequence[Entry],
    folder: str,
    registry: Registry,
    language: Language,
    notice: str = "",
    *,
    may_change: bool = True,
) -> str:
    """Return the list of what is in the corpus, its errata, and what could not be read."""
    items = []
    for entry in entries:
        remove = act("remove", entry.name, language) if may_change else ""
        if entry.error:
            told = f"{escape(tell('not read', language, reason=entry.error))} {remove}"
            name = escape(entry.name)
            items.append(f"<li class='sic-failed'><b>{name}</b><span>{told}</span></li>")
        else:
            errata = len(registry.of_document(entry.name))
            facts = [escape(entry.name), count("passage", entry.chunks, language)]
            facts += [count("known error", errata, language)] if errata else []
            items.append(
                f"<li><a href='{escape(link('open', entry.name))}'>{escape(entry.title)}</a>"
                f"<span>{' · '.join(facts)} {remove}</span></li>"
            )
    items += [
        f"<li class='sic-failed'><b>errata.yaml</b><span>{escape(problem)}</span></li>"
        for problem in registry.problems
    ]
    ready = sum(1 for entry in entries if not entry.error)
    listed = "".join(items) or (
        f"<li><span>{escape(tell('empty', language, folder=folder))}</span></li>"
    )
    return section("documents", ready, notice, listed, language)


def errata_html(
    registry: Registry,
    proposed: Sequence[ErratumEntry],
    language: Language,
    notice: str = "",
    *,
    may_change: bool = True,
) -> str:
    """Return the list of errata: those proposed first, then those in force, and what is amiss."""
    items = [f"<li class='sic-failed'><span>{escape(one)}</span></li>" for one in registry.problems]
    for entry in proposed:
        acts = [act(one, entry.id, language) for one in _DECISIONS] if may_change else []
        told = tell("proposed", language)
        items.append(
            f"<li>{_erratum_html(entry, language)}<span>{told} {' '.join(acts)}</span></li>"
        )
    for one in registry.errata:
        place = one.places[0]
        target = escape(link("open", place.document, place.start, place.end))
        shown = f"<a href='{target}'>{escape(place.document)}</a>"
        told = f"{tell('in force', language)} {shown}"
        items.append(f"<li>{_erratum_html(one.entry, language)}<span>{told}</span></li>")
    listed = "".join(items) or f"<li><span>{tell('no errata', language)}</span></li>"
    return section("corrections", len(registry.errata), notice, listed, language)


def section(key: str, number: int, notice: str, listed: str, language: Language) -> str:
    """Return a list, given as HTML, under its name, its length and a notice."""
    return (
        f"<section class='sic-corpus'><h2>{tell(key, language)} <small>{number}</small></h2>"
        f"{notice}<ul>{listed}</ul></section>"
    )


def act(action: Action, name: str, language: Language, title: str = "") -> str:
    """Return a link that changes something, and says what to who cannot see."""
    told = tell(action, language)
    label = escape(f"{told} {title or name}")
    target = escape(link(action, name))
    return f"<a class='sic-act' href='{target}' aria-label='{label}'>{told}</a>"


def _back(language: Language) -> str:
    return f"<a class='sic-back' href='#corpus'>{tell('all documents', language)}</a>"


def _steps(language: Language) -> str:
    """Return the buttons that go through an answer's citations; the page's script shows them."""
    return "".join(
        f"<button type='button' class='sic-step' data-step='{step}' hidden "
        f"aria-label='{tell(key, language)}' title='{tell(key, language)}'>{sign}</button>"
        for step, key, sign in ((-1, "previous", "‹"), (1, "next", "›"))
    )


def _erratum_html(entry: ErratumEntry, language: Language) -> str:
    tag = "del" if entry.kind == "error" else "u"
    right = entry.right.get(language) or next(iter(entry.right.values()))
    return (
        f"<p><{tag} class='sic-wrong'>{escape(' '.join(entry.wrong.split()))}</{tag}> "
        f"<ins class='sic-right'>{escape(right)}</ins></p><span>{escape(entry.authority)}</span>"
    )


def outcome_html(outcomes: Sequence[Outcome], language: Language) -> str:
    """Return what came of changes, a line each; it is read out when it comes."""
    lines = []
    for one in outcomes:
        name = f"<b>{escape(one.name)}</b> " if one.name else ""
        undo = f" <a href='{escape(one.undo)}'>{tell('undo', language)}</a>" if one.undo else ""
        kind = "" if one.is_good else " class='sic-failed'"
        lines.append(f"<li{kind}>{name}{escape(one.text)}{undo}</li>")
    return f"<ul class='sic-outcome' role='status'>{''.join(lines)}</ul>"


def missing_html(name: str, language: Language) -> str:
    """Return a notice that a document is not in the corpus any more."""
    told = f"<p>{escape(name)} {tell('gone', language)}</p>"
    return f"<article class='sic-document'>{_back(language)}{told}</article>"


def notice_html(text: str, kind: str) -> str:
    """Return the line at the top of the page; empty text hides it."""
    return f"<div class='sic-notice sic-{kind}' role='status'>{escape(text)}</div>" if text else ""


def header_html(language: Language) -> str:
    """Return the name of the page, and what it is for."""
    tagline = escape(tell("tagline", language))
    return f"<header class='sic-header'><h1>Sic</h1><p>{tagline}</p></header>"
