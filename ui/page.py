"""The page: a chat, and beside it the documents. It renders events; the logic is in `rag`."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import gradio as gr

from ingest.errors import SicError
from rag.markdown import escape_markdown
from rag.schema import Answer, Language
from ui.about import build_about
from ui.accounts import User
from ui.chat import answer, describe_state
from ui.corrections import build_corrections, decide, find_marked
from ui.documents import ASSETS, MOST_UPLOADED, build_documents, follow, show_corpus
from ui.evals import EvalRuns, build_evals, build_feedback
from ui.history import build_history, find_turn, load, place_of, show_history
from ui.html import header_html, notice_html
from ui.links import parse_link
from ui.service import AT_ONCE, Service
from ui.suggestions import read_examples
from ui.words import QUIET, TRANSLATIONS, labels, tell, visitor_of

MOST_LINKED_CHARACTERS = 2000
UPLOADS_KEPT = (600, 3600)
"""Seconds: how often uploads are looked through, and how old they get."""


def build_page(service: Service, runs: EvalRuns) -> gr.Blocks:
    """Return the page over a service that is ready or getting ready.

    Gradio gives a request to functions of its own, not to partial ones.
    """

    def respond(
        message: str, history: list[Any], id_: str, request: gr.Request
    ) -> Iterator[tuple[list[gr.ChatMessage], str, Any]]:
        user, language = visitor_of(request)
        session = str(request.session_hash)
        for messages, whole in answer(service, message, history, language, user, session):
            if whole is not None:
                id_ = keep(service, user, id_, place_of(history), whole)
            # Gradio takes the placeholder away with the first question.
            yield messages, id_, gr.Textbox(placeholder=labels("ask"))

    def get_ready(request: gr.Request) -> Iterator[tuple[Any, Any, Any]]:
        yield from watch(service, *visitor_of(request))

    def arrange(request: gr.Request) -> tuple[Any, Any, Any]:
        user, _ = visitor_of(request)
        asked = prefill(request)
        return asked, gr.update(visible=user.may("editor")), gr.update(visible=user.may("admin"))

    def reopen(request: gr.Request) -> tuple[Any, Any]:
        id_ = str(request.query_params.get("conversation", ""))
        found = load(service, id_, *visitor_of(request)) if id_ else []
        return (found, id_) if found else (gr.skip(), gr.skip())

    with gr.Blocks(
        title="Sic", analytics_enabled=False, fill_height=True, delete_cache=UPLOADS_KEPT
    ) as blocks:
        header = gr.HTML(header_html("en"))
        notice = gr.HTML(elem_id="sic-notice-slot")
        conversation, place = gr.State(""), gr.State(-1)
        question = gr.Textbox(
            placeholder=labels("ask"),
            label=labels("ask"),
            show_label=False,
            elem_id="sic-question",
            max_lines=6,
            submit_btn=True,
            stop_btn=True,
            render=False,
        )
        with gr.Row(elem_id="sic-main"):
            with gr.Column(scale=3, min_width=320):
                chat = gr.ChatInterface(
                    respond,
                    chatbot=gr.Chatbot(
                        elem_id="sic-chat",
                        show_label=False,
                        height="68vh",
                        buttons=["copy"],
                        autoscroll=False,
                        placeholder=str(labels("welcome")),
                    ),
                    textbox=question,
                    additional_inputs=[conversation],
                    additional_outputs=[conversation, question],
                    examples=[[one] for one in read_examples(service.store.settings.corpus)]
                    or None,
                    concurrency_limit=AT_ONCE,
                    show_progress="minimal",
                    editable=True,
                    fill_height=True,
                    api_visibility="private",
                )
            with gr.Column(scale=2, min_width=320, elem_id="sic-side"), gr.Tabs() as tabs:
                with gr.Tab(labels("documents"), id="documents"):
                    pane, adding = build_documents(service)
                with gr.Tab(labels("corrections"), id="corrections") as tab:
                    errata, document, wrong = build_corrections(service, tab)
                with gr.Tab(labels("conversations"), id="conversations") as tab:
                    anew = gr.Button(labels("new chat"), elem_id="sic-anew")
                    listed, words = build_history(service, conversation, tab)
                with gr.Tab(labels("evals"), id="evals") as tab:
                    feedback = build_feedback(service, conversation, place)
                    running = build_evals(service, runs, tab)
                with gr.Tab(labels("settings"), id="settings") as tab:
                    build_about(service, conversation, tab)

        wire_links(
            service,
            words,
            [pane, errata, tabs, document, wrong, listed, chat.chatbot_value, conversation, adding],
        )
        wire_thumbs(service, chat.chatbot, conversation, [place, *feedback, tabs])
        chat.chatbot.clear(lambda: "", None, conversation, **QUIET)
        anew.click(lambda: ([], ""), None, [chat.chatbot_value, conversation], **QUIET)
        blocks.load(arrange, None, [chat.textbox, adding, running], **QUIET)
        blocks.load(reopen, None, [chat.chatbot_value, conversation], **QUIET)
        blocks.load(get_ready, None, [header, notice, pane], **QUIET)
    return cast("gr.Blocks", blocks)


def wire_links(service: Service, words: gr.Textbox, parts: Sequence[Any]) -> None:
    """Let a link that is clicked change the parts of the page that it is about."""
    pane, errata, tabs, document, wrong, listed, chatbot, conversation, adding = parts

    def open_clicked(event: gr.EventData, search: str, request: gr.Request) -> dict[Any, Any]:
        target = parse_link(str(event.fragment))
        user, language = visitor_of(request)
        if target and target.action == "stop":
            service.hang_up(str(request.session_hash))
            return {pane: gr.skip()}
        if target and target.action in ("accept", "reject", "withdraw"):
            return {errata: decide(service, target, user, language)}
        if target and target.action == "load":
            found = load(service, target.name, user, language)
            return {chatbot: found, conversation: target.name} if found else {pane: gr.skip()}
        if target and target.action == "forget":
            service.conversations.delete(user.name, target.name)
            return {listed: show_history(service, user, language, search)}
        marked = find_marked(service, target)
        opens = target is not None and target.action in ("open", "read")
        return {
            pane: follow(service, target, user, language),
            tabs: gr.Tabs(selected="documents"),
            document: marked[0],
            wrong: marked[1],
            adding: gr.Accordion(open=False) if opens else gr.skip(),
        }

    pane.select(open_clicked, words, [*parts], **QUIET)


def wire_thumbs(
    service: Service, chatbot: gr.Chatbot, conversation: gr.State, parts: Sequence[Any]
) -> None:
    """Let a thumb under an answer fill the form that makes a case of it."""

    def pick(
        event: gr.LikeData, history: list[Any], id_: str, request: gr.Request
    ) -> tuple[Any, ...]:
        index = event.index if isinstance(event.index, int) else event.index[0]
        at = place_of(history, index)
        user, language = visitor_of(request)
        turn = find_turn(service, user, id_, at)
        if turn is None:
            return tuple(gr.skip() for _ in parts)
        question = escape_markdown(turn[1].question)
        asked = tell("about", language, question=question)
        verdict = "right" if event.liked else "wrong"
        opened = gr.Accordion(open=True)
        return at, opened, asked, gr.Radio(value=verdict), gr.Tabs(selected="evals")

    chatbot.like(pick, [chatbot, conversation], [*parts], **QUIET)


def keep(service: Service, user: User, id_: str, place: int, whole: Answer) -> str:
    """Keep an answer in a user's conversation; return its id. What fails is told, and no more."""
    try:
        return service.conversations.keep(user.name, id_, place, whole)
    except SicError as error:
        gr.Warning(str(error))
        return id_


def prefill(request: gr.Request) -> Any:
    """Return the question that a link such as an eval report's brings; the reader sends it."""
    question = str(request.query_params.get("question", ""))
    return question[:MOST_LINKED_CHARACTERS] if question else gr.skip()


def watch(service: Service, user: User, language: Language) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the notice while the service gets ready, and the documents."""
    yield header_html(language), gr.skip(), show_corpus(service, user, language)
    while not service.wait(0.5):
        yield gr.skip(), notice_html(describe_state(service, language), "busy"), gr.skip()
    kind = "failed" if service.state == "failed" else "ready"
    told = notice_html(describe_state(service, language), kind)
    yield gr.skip(), told, show_corpus(service, user, language)


def page_options() -> dict[str, Any]:
    """Return what Gradio needs to serve the page: looks, script and bounds."""
    return {
        "theme": gr.themes.Base(
            primary_hue="teal",
            neutral_hue="stone",
            font=["ui-sans-serif", "system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        "css": (ASSETS / "page.css").read_text(encoding="utf-8"),
        "i18n": TRANSLATIONS,
        "show_error": True,
        "footer_links": [],
        "run_history": False,
        "max_file_size": MOST_UPLOADED,
    }
