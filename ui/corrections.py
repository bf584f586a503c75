"""The corrections of the page: which are proposed and in force, and a form to propose one."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from ingest.edit_errata import add_erratum, free_id, move_erratum, remove_erratum
from ingest.errata import read_errata
from ingest.errors import SicError
from rag.schema import Language
from ui.accounts import User
from ui.html import Outcome, errata_html, outcome_html
from ui.links import Link
from ui.service import Service
from ui.words import QUIET, labels, tell, tell_error, visitor_of

REQUIRED = {
    "document": "document",
    "wrong": "faulty",
    "right": "right",
    "authority": "authority",
}
"""What an erratum must have, and how the form calls it."""


def build_corrections(service: Service, tab: gr.Tab) -> tuple[gr.HTML, gr.Textbox, gr.Textbox]:
    """Build the list of errata and the form; return the list, and what an opened citation fills."""

    def send(
        document: str, wrong: str, right: str, authority: str, url: str, request: gr.Request
    ) -> tuple[Any, ...]:
        given = {"document": document, "wrong": wrong, "right": right, "authority": authority}
        told, listed = propose(service, given | {"url": url}, *visitor_of(request))
        outcome = outcome_html([told], visitor_of(request)[1])
        return outcome, listed, *([""] * 4 if told.is_good else [gr.skip()] * 4)

    def list_all(request: gr.Request) -> str:
        return show_errata(service, *visitor_of(request))

    listed = gr.HTML(elem_id="sic-errata")
    tab.select(list_all, None, listed, **QUIET)
    with gr.Accordion(labels("propose"), open=False, elem_id="sic-propose"):
        gr.Markdown(labels("proposing"))
        document = gr.Textbox(label=labels("document"), max_lines=1)
        wrong = gr.Textbox(label=labels("faulty"), max_lines=4)
        right = gr.Textbox(label=labels("right"), max_lines=4)
        authority = gr.Textbox(label=labels("authority"), max_lines=2)
        url = gr.Textbox(label=labels("url"), max_lines=1)
        outcome = gr.HTML(elem_id="sic-proposed", min_height=24)
        button = gr.Button(labels("propose it"))
    button.click(
        send,
        inputs=[document, wrong, right, authority, url],
        outputs=[outcome, listed, wrong, right, authority, url],
        api_visibility="private",
        show_progress="hidden",
    )
    return listed, document, wrong


def show_errata(service: Service, user: User, language: Language, notice: str = "") -> str:
    """Return the list of errata, under a notice."""
    try:
        proposed = read_errata(service.store.settings.proposed_errata).entries
    except SicError as error:
        notice += outcome_html([Outcome("", tell_error(error, language), is_good=False)], language)
        proposed = ()
    registry, may_change = service.read_errata(), user.may("admin")
    return errata_html(registry, proposed, language, notice, may_change=may_change)


def propose(
    service: Service, given: Mapping[str, str], user: User, language: Language
) -> tuple[Outcome, str]:
    """Put an erratum among the proposed ones; return what came of it, and the list."""
    settings = service.store.settings
    entry = {key: value.strip() for key, value in given.items() if value.strip()}
    if missing := [key for key in REQUIRED if key not in entry]:
        lacking = ", ".join(tell(REQUIRED[key], language) for key in missing)
        told = Outcome("", tell("missing", language, fields=lacking), is_good=False)
    else:
        try:
            entry["id"] = free_id(settings, entry["wrong"])
            add_erratum(settings.proposed_errata, entry, service.store.manifest)
            told = Outcome(f"“{entry['wrong']}”", tell("is proposed", language))
        except SicError as error:
            told = Outcome("", tell_error(error, language), is_good=False)
    return told, show_errata(service, user, language)


def decide(service: Service, target: Link, user: User, language: Language) -> str:
    """Accept, reject or withdraw an erratum, as a link says; return the list.

    One that is withdrawn is among the proposed ones again, so nothing is lost.
    """
    settings = service.store.settings
    if not user.may("admin"):
        told = Outcome("", tell("not allowed", language), is_good=False)
        return show_errata(service, user, language, outcome_html([told], language))
    try:
        manifest = service.store.manifest
        if target.action == "accept":
            move_erratum(settings.proposed_errata, settings.errata, target.name, manifest)
            told = Outcome(target.name, tell("is in force", language))
        elif target.action == "withdraw":
            move_erratum(settings.errata, settings.proposed_errata, target.name, manifest)
            told = Outcome(target.name, tell("is withdrawn", language))
        else:
            remove_erratum(settings.proposed_errata, target.name)
            told = Outcome(target.name, tell("is rejected", language))
    except SicError as error:
        told = Outcome(target.name, tell_error(error, language), is_good=False)
    return show_errata(service, user, language, outcome_html([told], language))


def find_marked(service: Service, target: Link | None) -> tuple[Any, Any]:
    """Return the document and the words that a link marks, for the form; nothing for others."""
    document = service.store.manifest.document(target.name) if target else None
    if target is None or document is None or target.start >= target.end:
        return gr.skip(), gr.skip()
    return document.name, document.text[target.start : target.end]
