"""What the page says of itself: models, depth, where things run; language and theme to choose."""

from collections.abc import Sequence
from html import escape

import gradio as gr

from rag.schema import Language
from ui.accounts import User
from ui.service import Service
from ui.words import QUIET, tell, visitor_of

LANGUAGES: tuple[tuple[Language, str], ...] = (("en", "English"), ("zh", "中文"))
THEME_COOKIE = "sic-theme"
THEMES = (("light", "light"), ("dark", "dark"), ("", "by system"))


def build_about(service: Service, conversation: gr.State, tab: gr.Tab) -> None:
    """Build what the page says of itself, which is filled in when its tab is opened."""

    def tell_about(opened: str, request: gr.Request) -> str:
        assert request.request is not None
        theme = str(request.request.cookies.get(THEME_COOKIE, ""))
        return show_about(service, *visitor_of(request), theme, opened)

    tab.select(tell_about, conversation, gr.HTML(elem_id="sic-about"), **QUIET)


def show_about(
    service: Service, user: User, language: Language, theme: str = "", conversation: str = ""
) -> str:
    """Return models and settings in use as a list, and the choice of language and theme.

    The page's script finds there which conversation is open, to open it again.
    """
    rag, ingest = service.settings, service.store.settings
    model = service.chat_model
    if model.is_local:
        where = tell("all here", language)
    else:
        where = tell("to elsewhere", language, model=model.name)
    if ingest.chroma_url:
        where += " " + tell("vectors elsewhere", language, url=ingest.chroma_url)
    facts = [
        ("chat model", model.name.rsplit("/", 1)[-1]),
        ("embedding model", ingest.embedding_model),
        ("reranker", rag.reranker or tell("none", language)),
        ("depth", str(rag.passages)),
        ("where", where),
    ]
    if user.name:
        facts.append(("you", f"{user.name} ({user.role})"))
    rows = "".join(
        f"<dt>{tell(key, language)}</dt><dd>{escape(value)}</dd>" for key, value in facts
    )
    languages = _choice("language", LANGUAGES, language)
    themes = _choice("theme", [(code, tell(name, language)) for code, name in THEMES], theme)
    rows += f"<dt>{tell('language', language)}</dt><dd>{languages}</dd>"
    rows += f"<dt>{tell('theme', language)}</dt><dd>{themes}</dd>"
    leave = ""
    if user.name:
        leave = (
            "<form method='post' action='/logout'><button class='sic-button'>"
            f"{tell('log out', language)}</button></form>"
        )
    opened = escape(conversation)
    return (
        f"<section class='sic-about' data-conversation='{opened}'><dl>{rows}</dl>{leave}</section>"
    )


def _choice(kind: str, options: Sequence[tuple[str, str]], chosen: str) -> str:
    """Return buttons that the page's script acts on; the one that is in force is pressed."""
    return " ".join(
        f"<button type='button' class='sic-button' data-choose='{kind}' data-value='{value}' "
        f"aria-pressed='{'true' if value == chosen else 'false'}'>{escape(name)}</button>"
        for value, name in options
    )
