"""Lists and notices as HTML. All text of others is escaped here."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ingest.errata import ErratumEntry, Registry
from ingest.manifest import Entry
from rag.schema import Language
from ui.links import Action, link
from ui.words import count, tell

_DECISIONS: tuple[Action, ...] = ("accept", "reject")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change to a document, or to none in particular; how to undo it."""

    name: str
    text: str
    is_good: bool = True
    undo: str = ""


def corpus_html(
    entries: Sequence[Entry],
    folder: str,
    registry: Registry,
    language: Language,
    notice: str = "",
    removed: Sequence[str] = (),
    *,
    may_change: bool = True,
) -> str:
    """Return the list of what is in the corpus, its errata, and what could not be read.

    Behind it come the documents that were removed and can be brought back.
    """
    items = []
    for entry in entries:
        remove = act("remove", entry.name, language) if may_change else ""
        if entry.error:
            told = f"{escape(tell('not read', language, reason=entry.error))} {remove}"
            name = escape(entry.name)
            items.append(f"<li class='sic-failed'><b>{name}</b><span>{told}</span></li>")
        else:
            errata = len(registry.of_document(entry.name))
            facts = [escape(entry.name)]
            facts += [count("page count", entry.pages, language)] if entry.pages else []
            facts += [count("passage", entry.chunks, language)]
            facts += [count("known error", errata, language)] if errata else []
            items.append(
                f"<li><a href='{escape(link('open', entry.name))}'>{escape(entry.title)}</a>"
                f"<span>{' · '.join(facts)} {remove}</span></li>"
            )
    items += [
        f"<li><b>{escape(name)}</b><span>{tell('removed', language)} "
        f"{act('restore', name, language)}</span></li>"
        for name in (removed if may_change else ())
    ]
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
        shown = _erratum_html(entry, language, in_force=False)
        target = escape(link("open", entry.document, 0, 0))
        of = f"<a href='{target}'>{escape(entry.document)}</a>"
        items.append(f"<li>{shown}<span><b>{told}</b> {of} {' '.join(acts)}</span></li>")
    for one in registry.errata:
        place = one.places[0]
        target = escape(link("open", place.document, place.start, place.end))
        shown = f"<a href='{target}'>{escape(place.document)}</a>"
        withdraw = act("withdraw", one.id, language) if may_change else ""
        told = f"{tell('in force', language)} {shown} {withdraw}"
        items.append(f"<li>{_erratum_html(one.entry, language)}<span>{told}</span></li>")
    listed = "".join(items) or f"<li><span>{tell('no errata', language)}</span></li>"
    return section("corrections", len(registry.errata) + len(proposed), notice, listed, language)


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


def back(language: Language) -> str:
    """Return the link to the list of documents."""
    return f"<a class='sic-back' href='#corpus'>{tell('all documents', language)}</a>"


def _erratum_html(entry: ErratumEntry, language: Language, *, in_force: bool = True) -> str:
    tag = "del" if entry.kind == "error" and in_force else "u"
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
    return f"<article class='sic-document'>{back(language)}{told}</article>"


def notice_html(text: str, kind: str) -> str:
    """Return the line at the top of the page; empty text hides it."""
    return f"<div class='sic-notice sic-{kind}' role='status'>{escape(text)}</div>" if text else ""


def header_html(language: Language) -> str:
    """Return the name of the page, and what it is for."""
    tagline = escape(tell("tagline", language))
    return f"<header class='sic-header'><h1>Sic</h1><p>{tagline}</p></header>"
