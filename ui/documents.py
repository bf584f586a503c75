"""The documents of the page: what is in the corpus, a document with words marked, adding, removing.

A document that is removed is kept until the application starts again, so that it can come back.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.add import add_documents, remove_document, restore_document
from ingest.errors import SettingsError, SicError
from ingest.formats import READERS
from ingest.sync import Summary
from ui.render import (
    Link,
    Outcome,
    corpus_html,
    count_passages,
    document_html,
    link,
    missing_html,
    outcome_html,
)
from ui.service import Service

ASSETS = Path(__file__).parent / "assets"
LONGEST_NAME = 80
_UNFIT = re.compile(r"[^\w .()-]+")


def build_documents(service: Service) -> gr.HTML:
    """Build the pane that shows documents, and the forms that add some; return the pane."""
    with gr.Accordion("Add documents", open=False, elem_id="sic-add"):
        files = gr.File(show_label=False, label="Files", file_count="multiple", height=130)
        gr.HTML(f"<p class='sic-facts'>{', '.join(sorted(READERS))}, .zip</p>")
        with gr.Accordion("Or paste text", open=False):
            title = gr.Textbox(label="Title", max_lines=1)
            text = gr.Textbox(label="Text", lines=4, max_lines=12)
            paste = gr.Button("Add the text")
        replace = gr.Checkbox(label="Replace documents of the same name", value=False)
        again = gr.Button("Read the folder again")
        told = gr.HTML(elem_id="sic-added", min_height=24)
    pane = gr.HTML(
        partial(show_corpus, service),
        elem_id="sic-pane",
        js_on_load=(ASSETS / "pane.js").read_text(encoding="utf-8"),
    )
    shown: dict[str, Any] = {"api_visibility": "private", "show_progress_on": told}
    files.upload(partial(add_files, service), [files, replace], [told, pane, files], **shown)
    paste.click(
        partial(add_text, service), [title, text, replace], [told, pane, title, text], **shown
    )
    again.click(partial(read_again, service), None, [told, pane], **shown)
    return pane


def show_corpus(service: Service, notice: str = "") -> str:
    """Return the list of documents, under a notice."""
    settings = service.store.settings
    entries = list(service.store.manifest.entries().values())
    return corpus_html(entries, str(settings.documents), service.errata.read(), notice)


def follow(service: Service, target: Link | None) -> str:
    """Return what a link leads to: a document, or the list, changed if the link says so."""
    if target is None:
        return show_corpus(service)
    if target.action != "open":
        return show_corpus(service, _take_out_or_back(service, target))
    document = service.store.manifest.document(target.name)
    if document is None:
        return missing_html(target.name)
    errata = service.errata.read().of_document(document.name)
    return document_html(document, target.start, target.end, errata)


def add_files(
    service: Service,
    paths: Sequence[str] | None,
    replace: bool,  # noqa: FBT001
    progress: gr.Progress = gr.Progress(),  # noqa: B008
) -> tuple[str, str, None]:
    """Add what was uploaded, each file by itself; return what came of each."""
    told = _add(service, [Path(path) for path in paths or []], progress, replace=replace)
    return outcome_html(told), show_corpus(service), None


def add_text(
    service: Service,
    title: str,
    text: str,
    replace: bool,  # noqa: FBT001
    progress: gr.Progress = gr.Progress(),  # noqa: B008
) -> tuple[str, Any, Any, Any]:
    """Add a text as a document that is called by its title; the form keeps what was refused."""
    name = _UNFIT.sub(" ", title).strip(" .")[:LONGEST_NAME].strip()
    if not name or not text.strip():
        lacking = "title with letters" if not name else "text"
        told = [Outcome("", f"Nothing was added: a {lacking} is needed.", is_good=False)]
    else:
        with tempfile.TemporaryDirectory(prefix="sic-") as folder:
            path = Path(folder, f"{name}.txt")
            path.write_text(text, encoding="utf-8", errors="replace")
            told = _add(service, [path], progress, replace=replace)
    kept = gr.skip() if any(not one.is_good for one in told) else ""
    return outcome_html(told), show_corpus(service), kept, kept


def read_again(
    service: Service,
    progress: gr.Progress = gr.Progress(),  # noqa: B008
) -> tuple[str, str]:
    """Take in what changed in the folder; return what did."""
    return outcome_html(_add(service, [], progress, replace=False)), show_corpus(service)


def _add(
    service: Service, paths: Sequence[Path], progress: gr.Progress, *, replace: bool
) -> list[Outcome]:
    """Copy files into the corpus and sync; return what came of each, and of what else changed."""
    told: list[Outcome] = []
    try:
        with service.changing:
            for path in paths:
                told += _copy(service.store.settings.documents, path, replace=replace)
            summary = service.sync(lambda done, total, name: progress((done, total), desc=name))
    except SicError as error:
        return [*told, Outcome("", str(error), is_good=False)]
    return [*told, *_describe(summary, service)]


def _copy(folder: Path, path: Path, *, replace: bool) -> Iterator[Outcome]:
    """Copy one file, or those of one archive; yield what is not to be read of it."""
    try:
        done = add_documents(folder, [path], replace=replace)
    except SettingsError as error:
        yield Outcome("", str(error).replace(str(path), path.name), is_good=False)
        return
    for name in done.present:
        yield Outcome(name, "is there already.")
    for name in done.skipped:
        yield Outcome(name, "is left out: its format is not read.", is_good=False)


def _describe(summary: Summary, service: Service) -> Iterator[Outcome]:
    entries = service.store.manifest.entries()
    for name in (*summary.added, *summary.updated, *summary.renamed):
        yield Outcome(name, f"can be asked now: {count_passages(entries[name].chunks)}.")
    for name in summary.removed:
        yield Outcome(name, "is no longer among the documents.")
    for name, reason in summary.failed.items():
        yield Outcome(name, f"cannot be read: {reason}", is_good=False)
    if not (summary.added or summary.updated or summary.renamed or summary.removed):
        yield Outcome("", "Nothing else changed.")


def _take_out_or_back(service: Service, target: Link) -> str:
    """Remove a document, or bring a removed one back; return what to say."""
    name, folder = target.name, service.store.settings.documents
    try:
        with service.changing:
            if target.action == "remove":
                remove_document(folder, name, service.removed)
            else:
                restore_document(folder, name, service.removed)
            service.sync(lambda *_: None)
    except SicError as error:
        return outcome_html([Outcome(name, str(error), is_good=False)])
    if target.action == "restore":
        return outcome_html([Outcome(name, "is back.")])
    return outcome_html([Outcome(name, "is removed.", undo=link("restore", name))])
