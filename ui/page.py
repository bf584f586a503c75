"""The page: a chat, and beside it the documents. It renders events; the logic is in `rag`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import gradio as gr
from starlette.middleware import Middleware

from ingest.reader import MAX_BYTES
from rag.schema import Language
from ui.chat import answer, describe_state
from ui.corrections import build_corrections, decide, find_marked, show_errata
from ui.documents import ASSETS, build_documents, follow, show_corpus
from ui.html import header_html, notice_html
from ui.links import parse_link
from ui.security import SecurityHeaders
from ui.service import Service
from ui.words import labels, language_of

EXAMPLES_FILE = "examples.txt"
MOST_EXAMPLES = 8
MOST_LINKED_CHARACTERS = 2000
MOST_UPLOADED = 4 * MAX_BYTES
"""Bytes of an upload: an archive holds more than one document."""
UPLOADS_KEPT = (600, 3600)
"""Seconds: how often uploads are looked through, and how old they get."""


def build_page(service: Service) -> gr.Blocks:
    """Return the page over a service that is ready or getting ready.

    Gradio gives a request to functions of its own, not to partial ones.
    """

    def respond(
        message: str, history: list[Any], request: gr.Request
    ) -> Iterator[list[gr.ChatMessage]]:
        yield from answer(service, message, history, language_of(request))

    def get_ready(request: gr.Request) -> Iterator[tuple[Any, Any, Any]]:
        yield from watch(service, language_of(request))

    def list_errata(request: gr.Request) -> str:
        return show_errata(service, language_of(request))

    with gr.Blocks(
        title="Sic", analytics_enabled=False, fill_height=True, delete_cache=UPLOADS_KEPT
    ) as blocks:
        header = gr.HTML(header_html("en"))
        notice = gr.HTML(elem_id="sic-notice-slot")
        with gr.Row(elem_id="sic-main"):
            with gr.Column(scale=3, min_width=320):
                chat = gr.ChatInterface(
                    respond,
                    chatbot=gr.Chatbot(
                        elem_id="sic-chat",
                        show_label=False,
                        height="68vh",
                        buttons=["copy"],
                        placeholder=str(labels("welcome")),
                        feedback_options=None,
                    ),
                    textbox=gr.Textbox(
                        placeholder=labels("ask"),
                        show_label=False,
                        elem_id="sic-question",
                        max_lines=6,
                    ),
                    examples=read_examples(service.store.settings.corpus) or None,
                    concurrency_limit=2,
                    editable=True,
                    fill_height=True,
                    api_name="ask",
                )
            with gr.Column(scale=2, min_width=320, elem_id="sic-side"), gr.Tabs() as tabs:
                with gr.Tab(labels("documents"), id="documents"):
                    pane = build_documents(service)
                with gr.Tab(labels("corrections"), id="corrections") as corrections:
                    errata, document, wrong = build_corrections(service)

        def open_clicked(event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
            target, language = parse_link(str(event.fragment)), language_of(request)
            if target and target.action in ("accept", "reject"):
                decided = decide(service, target, language)
                return gr.skip(), decided, gr.skip(), gr.skip(), gr.skip()
            shown = follow(service, target, language)
            return shown, gr.skip(), gr.Tabs(selected="documents"), *find_marked(service, target)

        pane.select(
            open_clicked,
            outputs=[pane, errata, tabs, document, wrong],
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=None,
        )

        corrections.select(
            list_errata,
            outputs=errata,
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=None,
        )
        blocks.load(
            prefill,
            outputs=chat.textbox,
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=None,
        )
        blocks.load(
            get_ready,
            outputs=[header, notice, pane],
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=None,
        )
    return cast("gr.Blocks", blocks)


def read_examples(corpus: Path) -> list[str]:
    """Return the corpus's own example questions, one a line of its examples.txt."""
    path = corpus / EXAMPLES_FILE
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()][:MOST_EXAMPLES]


def prefill(request: gr.Request) -> Any:
    """Return the question that a link such as an eval report's brings; the reader sends it."""
    question = str(request.query_params.get("question", ""))
    return question[:MOST_LINKED_CHARACTERS] if question else gr.skip()


def watch(service: Service, language: Language) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the notice while the service gets ready, and the documents."""
    yield header_html(language), gr.skip(), show_corpus(service, language)
    while not service.wait(0.5):
        yield gr.skip(), notice_html(describe_state(service, language), "busy"), gr.skip()
    kind = "failed" if service.state == "failed" else "ready"
    told = notice_html(describe_state(service, language), kind)
    yield gr.skip(), told, show_corpus(service, language)


def launch_options() -> dict[str, Any]:
    """Return what Gradio's `launch` needs beside the address: looks, script and bounds."""
    return {
        "theme": gr.themes.Base(
            primary_hue="teal",
            neutral_hue="stone",
            font=["ui-sans-serif", "system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        "css": (ASSETS / "page.css").read_text(encoding="utf-8"),
        "i18n": labels,
        "quiet": True,
        "show_error": True,
        "footer_links": [],
        "share": False,
        "app_kwargs": {"middleware": [Middleware(SecurityHeaders)]},
        "max_file_size": MOST_UPLOADED,
    }
