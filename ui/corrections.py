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


def build_corrections(service: Service, tab: gr.Tab) -> tuple[gr.HTML, gr.Dropdown, gr.Textbox]:
    """Build the list of errata and the form; return the list, and what an opened citation fills."""

    def send(
        document: str | None,
        wrong: str,
        right: str,
        authority: str,
        url: str,
        request: gr.Request,
    ) -> tuple[Any, ...]:
        given = {"document": document or "", "wrong": wrong, "right": right, "authority": authority}
        told, listed = propose(service, given | {"url": url}, *visitor_of(request))
        if told.is_good:
            return "", listed, gr.Accordion(open=False), *[""] * 4
        return outcome_html([told], visitor_of(request)[1]), listed, *[gr.skip()] * 5

    def list_all(chosen: str | None, marked: str, request: gr.Request) -> tuple[str, Any, str]:
        names = list(service.store.manifest.hashes())
        is_there = chosen in names
        choice = gr.Dropdown(choices=names, value=chosen if is_there else None)
        return show_errata(service, *visitor_of(request)), choice, marked if is_there else ""

    listed = gr.HTML(elem_id="sic-errata")
    with gr.Accordion(labels("propose"), open=False, elem_id="sic-propose") as form:
        gr.Markdown(labels("proposing"))
        document = gr.Dropdown([], value=None, label=labels("document"))
        wrong = gr.Textbox(label=labels("faulty"), max_lines=4)
        right = gr.Textbox(label=labels("right"), max_lines=4)
        authority = gr.Textbox(label=labels("authority"), max_lines=2)
        url = gr.Textbox(label=labels("url"), max_lines=1)
        outcome = gr.HTML(elem_id="sic-proposed", min_height=24)
        button = gr.Button(labels("propose it"))
    tab.select(list_all, [document, wrong], [listed, document, wrong], **QUIET)
    button.click(
        send,
        inputs=[document, wrong, right, authority, url],
        outputs=[outcome, listed, form, wrong, right, authority, url],
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
    """Put an erratum among the proposed ones; return what came of it, and the list.

    The list tells of it, too, if it is there: the form then closes.
    """
    settings = service.store.settings
    entry = {key: value.strip() for key, value in given.items() if value.strip()}
    if missing := [key for key in REQUIRED if key not in entry]:
        lacking = ", ".join(f"“{tell(REQUIRED[key], language)}”" for key in missing)
        told = Outcome("", tell("missing", language, fields=lacking), is_good=False)
    else:
        try:
            entry["id"] = free_id(settings, entry["wrong"])
            add_erratum(settings.proposed_errata, entry, service.store.manifest)
            told = Outcome(f"“{entry['wrong']}”", tell("is proposed", language))
        except SicError as error:
            told = Outcome("", tell_error(error, language), is_good=False)
    notice = outcome_html([told], language) if told.is_good else ""
    return told, show_errata(service, user, language, notice)


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
    """Return the document and the words that a link marks, for the form; nothing for others.

    The other documents are there to choose from once the tab is opened.
    """
    document = service.store.manifest.document(target.name) if target else None
    if target is None or document is None or target.start >= target.end:
        return gr.skip(), gr.skip()
    choice = gr.Dropdown(choices=[document.name], value=document.name)
    return choice, document.text[target.start : target.end]
