"""The documents of the page: what is in the corpus, a document with words marked, adding, removing.

A document that is removed is kept until the application starts again, so that it can come back.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.add import add_documents, remove_document, restore_document
from ingest.errors import SettingsError, SicError
from ingest.folder import list_documents
from ingest.formats import READERS
from ingest.formats.pdf_page import PageImage
from ingest.load import Loader
from ingest.reader import MAX_BYTES
from ingest.schema import Document
from ingest.sync import Summary
from ingest.verify import verify
from rag.schema import Language
from ui.accounts import User
from ui.html import Outcome, corpus_html, missing_html, outcome_html
from ui.links import Link, link, parse_link
from ui.service import Service
from ui.viewer import Span, faulty_spans, page_html, text_html
from ui.words import QUIET, count, labels, tell, tell_error, visitor_of

ASSETS = Path(__file__).parent / "assets"
LONGEST_NAME = 80
MOST_NAMED = 5
MOST_UPLOADED = 4 * MAX_BYTES
"""Bytes of an upload: an archive holds more than one document."""
_UNFIT = re.compile(r"[^\w .()-]+")


def build_documents(service: Service) -> tuple[gr.HTML, gr.Accordion]:
    """Build the pane that shows documents, and the forms that add some; return both."""

    def upload(
        paths: list[str] | None,
        replace: bool,  # noqa: FBT001
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, str, None]:
        given = [Path(path) for path in paths or []]
        user, language = visitor_of(request)
        told = add(service, given, user, language, progress, replace=replace)
        for path in given:
            path.unlink(missing_ok=True)
        return outcome_html(told, language), show_corpus(service, user, language), None

    def write(
        title: str,
        text: str,
        replace: bool,  # noqa: FBT001
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, str, Any, Any]:
        user, language = visitor_of(request)
        told = add_text(service, title, text, user, language, progress, replace=replace)
        kept = gr.skip() if any(not one.is_good for one in told) else ""
        return outcome_html(told, language), show_corpus(service, user, language), kept, kept

    def read(
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, str]:
        user, language = visitor_of(request)
        told = add(service, [], user, language, progress, replace=False)
        return outcome_html(told, language), show_corpus(service, user, language)

    def check(request: gr.Request) -> str:
        return outcome_html(check_store(service, *visitor_of(request)), visitor_of(request)[1])

    with gr.Accordion(labels("add documents"), open=False, elem_id="sic-add") as adding:
        files = gr.File(show_label=False, label="Files", file_count="multiple", height=130)
        gr.HTML(f"<p class='sic-facts'>{', '.join(sorted(READERS))}, .zip</p>")
        with gr.Accordion(labels("paste"), open=False):
            title = gr.Textbox(label=labels("title"), max_lines=1, elem_id="sic-title")
            text = gr.Textbox(label=labels("text"), lines=4, max_lines=12, elem_id="sic-text")
            paste = gr.Button(labels("add text"))
        replace = gr.Checkbox(label=labels("replace"), value=False)
        with gr.Row():
            again = gr.Button(labels("read again"))
            checking = gr.Button(labels("verify"))
        told = gr.HTML(elem_id="sic-added", min_height=24)
    script = (ASSETS / "pane.js").read_text(encoding="utf-8")
    pane = gr.HTML(elem_id="sic-pane", js_on_load=script)
    shown: dict[str, Any] = {"api_visibility": "private", "show_progress_on": told}
    files.upload(upload, [files, replace], [told, pane, files], **shown)
    paste.click(write, [title, text, replace], [told, pane, title, text], **shown)
    again.click(read, None, [told, pane], **shown)
    checking.click(check, None, told, **shown)
    pane.select(forget_outcome, None, told, **QUIET)
    return pane, adding


def forget_outcome(event: gr.EventData) -> Any:
    """Return no outcome once a document is removed: it said perhaps that this one can be asked."""
    target = parse_link(str(event.fragment))
    return "" if target and target.action == "remove" else gr.skip()


DRAWING_SECONDS = 5
"""How long one waits for another's page to be drawn, before the text is shown."""


def show_corpus(service: Service, user: User, language: Language, notice: str = "") -> str:
    """Return the list of documents, under a notice."""
    settings = service.store.settings
    entries = list(service.store.manifest.entries().values())
    registry = service.read_errata()
    return corpus_html(
        entries,
        str(settings.documents),
        registry,
        language,
        notice,
        list_documents(service.removed),
        may_change=user.may("editor"),
    )


def follow(service: Service, target: Link | None, user: User, language: Language) -> str:
    """Return what a link leads to: a document, or the list, changed if the link says so."""
    if target is None:
        return show_corpus(service, user, language)
    if target.action not in ("open", "read"):
        told = _take_out_or_back(service, target, user, language)
        return show_corpus(service, user, language, told)
    document = service.store.manifest.document(target.name)
    if document is None:
        return missing_html(target.name, language)
    start = min(target.start, len(document.text))
    marked = start, max(start, min(target.end, len(document.text)))
    errata = service.read_errata().of_document(document.name)
    if target.action == "open" and document.can_be_drawn:
        page = document.page_at(start) or 1
        faulty = [(one, other) for one, other, _ in faulty_spans(document, page, errata)]
        drawn = draw_page(service, document, page, [marked, *faulty])
        if drawn and (drawn.boxes[0] or start == marked[1]):
            return page_html(document, marked, errata, drawn, language)
    return text_html(document, marked, errata, language)


def draw_page(
    service: Service, document: Document, page: int, spans: Sequence[Span]
) -> PageImage | None:
    """Return a page as it looks, or nothing if it cannot be drawn; its text says as much."""
    if not service.drawing.acquire(timeout=DRAWING_SECONDS):
        return None
    try:
        with Loader() as loader:
            path = service.store.settings.documents / document.name
            return loader.draw(path, document, page, spans)
    except SicError:
        return None
    finally:
        service.drawing.release()


def add_text(
    service: Service,
    title: str,
    text: str,
    user: User,
    language: Language,
    progress: gr.Progress,
    *,
    replace: bool,
) -> list[Outcome]:
    """Add a text as a document that is called by its title."""
    name = _UNFIT.sub(" ", title).strip(" .")[:LONGEST_NAME].strip()
    if not name or not text.strip():
        lacking = tell("needs text" if name else "needs title", language)
        return [Outcome("", lacking, is_good=False)]
    with tempfile.TemporaryDirectory(prefix="sic-") as folder:
        path = Path(folder, f"{name}.txt")
        path.write_text(text, encoding="utf-8", errors="replace")
        return add(service, [path], user, language, progress, replace=replace)


def add(
    service: Service,
    paths: Sequence[Path],
    user: User,
    language: Language,
    progress: gr.Progress,
    *,
    replace: bool,
) -> list[Outcome]:
    """Copy files into the corpus, each by itself, and sync; return what came of all that."""
    if not user.may("editor"):
        return [Outcome("", tell("not allowed", language), is_good=False)]
    told: list[Outcome] = []
    copied: list[str] = []
    try:
        with service.changing:
            for path in paths:
                try:
                    done = add_documents(service.store.settings.documents, [path], replace=replace)
                except SettingsError as error:
                    reason = str(error).replace(str(path), path.name)
                    told.append(Outcome("", reason, is_good=False))
                    continue
                copied += done.copied
                told += [Outcome(name, tell("there already", language)) for name in done.present]
                left_out = tell("left out", language)
                told += [Outcome(name, left_out, is_good=False) for name in done.skipped]
            summary = service.sync(lambda done, total, name: progress((done, total), desc=name))
    except SicError as error:
        return [*told, Outcome("", tell_error(error, language), is_good=False)]
    failed = [name for name in summary.failed if name in copied or not paths]
    return [*told, *_describe(summary, failed, service, language)]


def check_store(service: Service, user: User, language: Language) -> list[Outcome]:
    """Compare documents, manifest and vectors; return what is amiss, or that nothing is."""
    if not user.may("editor"):
        return [Outcome("", tell("not allowed", language), is_good=False)]
    try:
        with service.changing:
            found = verify(service.store)
    except SicError as error:
        return [Outcome("", tell_error(error, language), is_good=False)]
    if not found:
        return [Outcome("", tell("whole", language))]
    told = []
    if lost := [*found.missing, *found.lost]:
        told.append(tell("missing chunks", language, count=len(lost), names=_shorten(lost)))
    if found.orphans:
        told.append(tell("orphans", language, count=len(found.orphans)))
    for key, names in (("misquoted", found.misquoted), ("outdated", found.outdated)):
        if names:
            told.append(tell(key, language, names=_shorten(names)))
    told.append(tell("repair helps", language))
    return [Outcome("", one, is_good=False) for one in told]


def _shorten(names: Sequence[str]) -> str:
    """Return the first of some names."""
    return ", ".join(names[:MOST_NAMED]) + ("…" if len(names) > MOST_NAMED else "")


def _describe(
    summary: Summary, failed: Sequence[str], service: Service, language: Language
) -> Iterator[Outcome]:
    entries = service.store.manifest.entries()
    for name in (*summary.added, *summary.updated, *summary.renamed):
        passages = count("passage", entries[name].chunks, language)
        yield Outcome(name, tell("ready", language, passages=passages))
    for name in summary.removed:
        yield Outcome(name, tell("no longer", language))
    for name in failed:
        told = tell("cannot be read", language, reason=summary.failed[name])
        yield Outcome(name, told, is_good=False)
    if not (summary.added or summary.updated or summary.renamed or summary.removed):
        yield Outcome("", tell("nothing else", language))


def _take_out_or_back(service: Service, target: Link, user: User, language: Language) -> str:
    """Remove a document, or bring a removed one back; return what to say."""
    if not user.may("editor"):
        return outcome_html([Outcome("", tell("not allowed", language), is_good=False)], language)
    name, folder = target.name, service.store.settings.documents
    try:
        with service.changing:
            if target.action == "remove":
                remove_document(folder, name, service.removed)
            else:
                restore_document(folder, name, service.removed)
            service.sync(lambda *_: None)
    except SicError as error:
        return outcome_html([Outcome(name, tell_error(error, language), is_good=False)], language)
    if target.action == "restore":
        return outcome_html([Outcome(name, tell("back", language))], language)
    told = Outcome(name, tell("removed", language), undo=link("restore", name))
    return outcome_html([told], language)
