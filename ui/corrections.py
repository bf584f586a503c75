"""The corrections of the page: which are proposed and in force, and a form to propose one."""

from functools import partial
from typing import Any

import gradio as gr

from ingest.edit_errata import accept_erratum, add_erratum, free_id, remove_erratum
from ingest.errata import read_errata
from ingest.errors import SicError
from ui.render import Link, Outcome, errata_html, outcome_html
from ui.service import Service

PROPOSING = """Open a citation, and its words stand here. A proposed correction has no effect on
answers until it is accepted."""


def build_corrections(service: Service) -> tuple[gr.HTML, gr.Textbox, gr.Textbox]:
    """Build the list of errata and the form; return the list, and what an opened citation fills."""
    listed = gr.HTML(elem_id="sic-errata")
    with gr.Accordion("Propose a correction", open=False, elem_id="sic-propose"):
        gr.Markdown(PROPOSING)
        document = gr.Textbox(label="Document", max_lines=1)
        wrong = gr.Textbox(label="Faulty words, as they stand there", max_lines=4)
        right = gr.Textbox(label="What is right, in a sentence", max_lines=4)
        authority = gr.Textbox(label="Who says so", max_lines=2)
        url = gr.Textbox(label="Where (an address, if there is one)", max_lines=1)
        button = gr.Button("Propose")
        told = gr.HTML(elem_id="sic-proposed")
    button.click(
        partial(propose, service),
        inputs=[document, wrong, right, authority, url],
        outputs=[told, listed],
        api_visibility="private",
        show_progress="hidden",
    )
    return listed, document, wrong


def show_errata(service: Service, notice: str = "") -> str:
    """Return the list of errata, under a notice."""
    try:
        proposed = read_errata(service.store.settings.proposed_errata).entries
    except SicError as error:
        notice += outcome_html([Outcome("", str(error), is_good=False)])
        proposed = ()
    return errata_html(service.errata.read(), proposed, notice)


def propose(
    service: Service, document: str, wrong: str, right: str, authority: str, url: str
) -> tuple[str, str]:
    """Put an erratum among the proposed ones; return what came of it, and the list."""
    settings = service.store.settings
    given = {"document": document, "wrong": wrong, "right": right, "authority": authority}
    entry = {key: value.strip() for key, value in (given | {"url": url}).items() if value.strip()}
    if missing := [key for key in given if key not in entry]:
        told = Outcome("", f"Nothing was proposed: {', '.join(missing)} is missing.", is_good=False)
    else:
        try:
            entry["id"] = free_id(settings, entry["wrong"])
            add_erratum(settings.proposed_errata, entry, service.store.manifest)
            told = Outcome(entry["id"], "is proposed, and corrects nothing until it is accepted.")
        except SicError as error:
            told = Outcome("", str(error), is_good=False)
    return outcome_html([told]), show_errata(service)


def decide(service: Service, target: Link) -> str:
    """Accept or reject a proposed erratum, as a link says; return the list."""
    settings = service.store.settings
    try:
        if target.action == "accept":
            accept_erratum(
                settings.proposed_errata, settings.errata, target.name, service.store.manifest
            )
            told = Outcome(target.name, "is in force.")
        else:
            remove_erratum(settings.proposed_errata, target.name)
            told = Outcome(target.name, "is dropped.")
    except SicError as error:
        told = Outcome(target.name, str(error), is_good=False)
    return show_errata(service, outcome_html([told]))


def find_marked(service: Service, target: Link | None) -> tuple[Any, Any]:
    """Return the document and the words that a link marks, for the form; nothing for others."""
    document = service.store.manifest.document(target.name) if target else None
    if target is None or document is None or target.start >= target.end:
        return gr.skip(), gr.skip()
    return document.name, document.text[target.start : target.end]
