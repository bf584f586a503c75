"""The page: a chat, and beside it the documents. It renders events; the logic is in `rag`."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import gradio as gr
from starlette.middleware import Middleware

from ingest.edit_errata import add_erratum, free_id
from ingest.errors import SicError
from rag.chain import Chain
from rag.compose import escape_markdown, lead
from rag.retrieve import Retriever
from rag.schema import Answer, Done, Message, Question, Sources, Stage, Text
from ui.render import (
    abstention_markdown,
    calculation_markdown,
    corpus_html,
    corrections_markdown,
    document_html,
    missing_html,
    notice_html,
    parse_link,
    passages_markdown,
    plain_text,
    sentence_markdown,
)
from ui.security import SecurityHeaders
from ui.service import Service

ASSETS = Path(__file__).parent / "assets"
EXAMPLES_FILE = "examples.txt"
MOST_EXAMPLES = 8
MOST_LINKED_CHARACTERS = 2000
HEADER = (
    "<header class='sic-header'><h1>Sic</h1>"
    "<p>Answers from your documents, in their own words.</p></header>"
)
WELCOME = """### Ask your documents
Every sentence of an answer carries a mark that opens the words it rests on."""
STAGES = {
    "rewriting": "Putting the question in its context…",
    "searching": "Searching the documents…",
    "reading": "Reading {count} passages…",
    "calculating": "Working it out…",
    "writing": "Writing, and checking each sentence…",
}
PROPOSING = """Open a citation, and its words stand here. A proposed correction has no effect on
answers until it is accepted, with `python -m rag errata accept`."""
CORRECTED = {"en": "What is corrected, and by whom", "zh": "更正及其依据"}
WORKING = {"en": "How it was worked out", "zh": "计算过程"}


def build_page(service: Service) -> gr.Blocks:
    """Return the page over a service that is ready or getting ready."""
    with gr.Blocks(title="Sic", analytics_enabled=False, fill_height=True) as blocks:
        gr.HTML(HEADER)
        notice = gr.HTML(elem_id="sic-notice-slot")
        with gr.Row(elem_id="sic-main"):
            with gr.Column(scale=3, min_width=320):
                chat = gr.ChatInterface(
                    partial(answer, service),
                    chatbot=gr.Chatbot(
                        elem_id="sic-chat",
                        show_label=False,
                        height="68vh",
                        buttons=["copy"],
                        placeholder=WELCOME,
                        feedback_options=None,
                    ),
                    textbox=gr.Textbox(
                        placeholder="Ask the documents · 向文档提问",
                        show_label=False,
                        elem_id="sic-question",
                        max_lines=6,
                    ),
                    examples=read_examples(service.store.settings.corpus) or None,
                    concurrency_limit=2,
                    fill_height=True,
                    api_name="ask",
                )
            with gr.Column(scale=2, min_width=320, elem_id="sic-side"):
                pane = gr.HTML(
                    partial(show_corpus, service),
                    elem_id="sic-pane",
                    js_on_load=(ASSETS / "pane.js").read_text(encoding="utf-8"),
                )
                document, wrong = build_proposal(service)

        def open_clicked(event: gr.EventData) -> tuple[str, Any, Any]:
            fragment = str(event.fragment)
            return open_target(service, fragment), *find_marked(service, fragment)

        pane.select(
            open_clicked,
            outputs=[pane, document, wrong],
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
            partial(watch, service),
            outputs=[notice, pane],
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=None,
        )
    return cast("gr.Blocks", blocks)


def build_proposal(service: Service) -> tuple[gr.Textbox, gr.Textbox]:
    """Build the form that proposes an erratum; return what a click on a citation fills in."""
    with gr.Accordion("Propose a correction", open=False, elem_id="sic-propose"):
        gr.Markdown(PROPOSING)
        document = gr.Textbox(label="Document", max_lines=1)
        wrong = gr.Textbox(label="Faulty words, as they stand there", max_lines=4)
        right = gr.Textbox(label="What is right, in a sentence", max_lines=4)
        authority = gr.Textbox(label="Who says so", max_lines=2)
        url = gr.Textbox(label="Where (an address, if there is one)", max_lines=1)
        button = gr.Button("Propose")
        told = gr.Markdown(elem_id="sic-proposed")
    button.click(
        partial(propose_erratum, service),
        inputs=[document, wrong, right, authority, url],
        outputs=told,
        api_visibility="private",
        show_progress="hidden",
    )
    return document, wrong


def propose_erratum(
    service: Service, document: str, wrong: str, right: str, authority: str, url: str
) -> str:
    """Put an erratum among the proposed ones; return what came of it."""
    settings = service.store.settings
    given = {"document": document, "wrong": wrong, "right": right, "authority": authority}
    entry = {key: value.strip() for key, value in (given | {"url": url}).items() if value.strip()}
    if missing := [key for key in given if key not in entry]:
        return f"Nothing was proposed: {', '.join(missing)} is missing."
    try:
        entry["id"] = free_id(settings, entry["wrong"])
        add_erratum(settings.proposed_errata, entry, service.store.manifest)
    except SicError as error:
        return escape_markdown(str(error))
    return f"Proposed as {entry['id']}. It corrects nothing until someone accepts it."


def find_marked(service: Service, fragment: str) -> tuple[Any, Any]:
    """Return the document and the words that a link marks, for the form; nothing for others."""
    found = parse_link(fragment)
    document = service.store.manifest.document(found[0]) if found else None
    if found is None or document is None or found[1] >= found[2]:
        return gr.skip(), gr.skip()
    return document.name, document.text[found[1] : found[2]]


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


def watch(service: Service) -> Iterator[tuple[Any, Any]]:
    """Yield the notice while the service gets ready, then the documents."""
    while not service.wait(0.5):
        yield notice_html(describe_state(service), "busy"), gr.skip()
    kind = "failed" if service.state == "failed" else "ready"
    yield notice_html(describe_state(service), kind), show_corpus(service)


def describe_state(service: Service) -> str:
    """Say what the service is doing; nothing when it is ready."""
    if service.state == "indexing":
        return f"Reading your documents… {service.detail}"
    if service.state == "loading":
        return "Loading the language models. This takes some seconds; the first time, a minute."
    return service.detail if service.state == "failed" else ""


def show_corpus(service: Service) -> str:
    """Return the list of documents."""
    settings = service.store.settings
    entries = list(service.store.manifest.entries().values())
    return corpus_html(entries, str(settings.documents), service.errata.read())


def open_target(service: Service, fragment: str) -> str:
    """Return the document that a link of the page opens, or the list of all."""
    found = parse_link(fragment)
    if found is None:
        return show_corpus(service)
    name, start, end = found
    document = service.store.manifest.document(name)
    if document is None:
        return missing_html(name)
    return document_html(document, start, end, service.errata.read().of_document(name))


def answer(service: Service, message: str, history: list[Any]) -> Iterator[list[gr.ChatMessage]]:
    """Yield the reply's messages as they grow: the search first, then the answer."""
    started = time.monotonic()
    if not service.wait(0):
        yield [gr.ChatMessage("", metadata={"title": describe_state(service), "status": "pending"})]
        service.wait()
    if service.embedder is None or service.state == "failed":
        yield [gr.ChatMessage(escape_markdown(service.detail))]
        return
    retriever = Retriever(service.store, service.embedder, service.reranker)
    chain = Chain(retriever, service.chat_model, service.settings)
    search = gr.ChatMessage("", metadata={"title": STAGES["searching"], "status": "pending"})
    sentences: list[str] = []
    working: list[gr.ChatMessage] = []
    count = 0
    try:
        for event in chain.events(Question(message, to_messages(history))):
            match event:
                case Stage(name):
                    search.metadata["title"] = STAGES[name].format(count=count)
                case Sources(query, passages):
                    count = len(passages)
                    asked = (
                        ""
                        if query == message.strip()
                        else f"Searched for: {escape_markdown(query)}\n\n"
                    )
                    search.content = asked + passages_markdown(passages)
                case Text(sentence, citations, correction):
                    told = sentence_markdown(sentence, citations, correction)
                    sentences.append(lead(sentence) + told)
                case Done(whole):
                    search.metadata |= {
                        "title": f"Searched for “{escape_markdown(whole.query)}”: {count} passages",
                        "status": "done",
                        "duration": round(time.monotonic() - started, 1),
                    }
                    if whole.abstained:
                        sentences.append(abstention_markdown(whole))
                    working = show_working(whole)
            said = [gr.ChatMessage("".join(sentences).strip())] if sentences else []
            yield [search, *said, *working]
    except SicError as error:
        search.metadata |= {"title": "Stopped", "status": "done"}
        sentences.append(f"**{escape_markdown(str(error))}**")
        yield [search, gr.ChatMessage("\n\n".join(sentences))]


def show_working(whole: Answer) -> list[gr.ChatMessage]:
    """Return what unfolds: the working of an answer's number, and who corrects the documents."""
    folded: list[tuple[str, str]] = []
    if whole.calculation:
        folded.append((WORKING[whole.language], calculation_markdown(whole.calculation, whole)))
    if whole.corrections:
        content = corrections_markdown(whole.corrections, whole.language)
        folded.append((CORRECTED[whole.language], content))
    return [
        gr.ChatMessage(content, metadata={"title": title, "status": "done"})
        for title, content in folded
    ]


def to_messages(history: list[Any]) -> tuple[Message, ...]:
    """Return the turns of a Gradio history that were said, without the notes on searches."""
    messages = []
    for turn in history:
        if (turn.get("metadata") or {}).get("title"):
            continue
        content = turn["content"]
        parts = content if isinstance(content, list) else [content]
        texts = [part if isinstance(part, str) else part.get("text", "") for part in parts]
        messages.append(Message(turn["role"], plain_text("\n".join(texts))))
    return tuple(messages)


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
        "quiet": True,
        "show_error": True,
        "footer_links": [],
        "share": False,
        "app_kwargs": {"middleware": [Middleware(SecurityHeaders)]},
        "max_file_size": "1mb",
    }
