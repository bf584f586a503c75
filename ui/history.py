"""The conversations of the page: those before are listed, searched, renamed, deleted, gone on with.

Each is its user's alone; what a conversation said is shown again from its whole answers.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from rag.schema import Answer, Language
from ui.accounts import User
from ui.chat import show_answer
from ui.html import act, section
from ui.links import link
from ui.service import Service
from ui.words import QUIET, labels, tell, visitor_of


def build_history(service: Service, current: gr.State, tab: gr.Tab) -> tuple[gr.HTML, gr.Textbox]:
    """Build the list of conversations, the search, and the form that renames the current one."""

    def search(words: str, request: gr.Request) -> str:
        return show_history(service, *visitor_of(request), words)

    def rename(title: str, id_: str, words: str, request: gr.Request) -> tuple[str, str]:
        user, language = visitor_of(request)
        service.conversations.rename(user.name, id_, title)
        return "", show_history(service, user, language, words)

    searching = labels("search conversations")
    words = gr.Textbox(label=searching, placeholder=searching, show_label=False, elem_id="sic-find")
    listed = gr.HTML(elem_id="sic-history")
    with gr.Accordion(labels("rename"), open=False):
        new = labels("new title")
        title = gr.Textbox(label=new, placeholder=new, show_label=False, max_lines=1)
        button = gr.Button(labels("rename it"))
    tab.select(search, words, listed, **QUIET)
    words.change(search, words, listed, trigger_mode="always_last", **QUIET)
    gr.on([button.click, title.submit], rename, [title, current, words], [title, listed], **QUIET)
    return listed, words


def show_history(service: Service, user: User, language: Language, words: str = "") -> str:
    """Return the list of a user's conversations that have some words in them."""
    found = service.conversations.find(user.name, words)
    items = []
    for one in found:
        exports = " ".join(
            f"<a class='sic-act' download href='/api/conversations/{escape(one.id)}.{ending}'>"
            f"{name}</a>"
            for ending, name in (("md", "Markdown"), ("json", "JSON"))
        )
        when = escape(one.changed[:16].replace("T", " "))
        items.append(
            f"<li><a href='{escape(link('load', one.id))}'>{escape(one.title)}</a>"
            f"<span>{when} UTC {exports} {act('forget', one.id, language, one.title)}</span></li>"
        )
    none = f"<li><span>{tell('no conversations', language)}</span></li>"
    return section("conversations", len(found), "", "".join(items) or none, language)


def load(service: Service, id_: str, user: User, language: Language) -> list[Any]:
    """Return the messages of a user's conversation, to go on with."""
    messages: list[Any] = []
    errata = service.read_errata()
    service.conversations.close_gaps(user.name, id_)
    for answer in service.conversations.answers(user.name, id_):
        messages.append(gr.ChatMessage(answer.question, role="user"))
        messages += show_answer(answer, language, answer.timings.get("total_ms", 0) / 1000, errata)
    return messages


def place_of(history: Sequence[Any], index: int | None = None) -> int:
    """Return which turn of a conversation comes next, or which one a message belongs to."""
    before = history if index is None else history[: index + 1]
    asked = sum(1 for message in before if message["role"] == "user")
    return asked if index is None else asked - 1


def find_turn(
    service: Service, user: User, id_: str, place: int
) -> tuple[list[Answer], Answer] | None:
    """Return a turn of a user's conversation behind those before it, or nothing."""
    turns = service.conversations.turns(user.name, id_)
    before = [answer for at, answer in turns.items() if at < place]
    return (before, turns[place]) if place in turns else None
