"""The chat: what is answered, as messages that grow, and what a turn before said."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
from gradio.components.chatbot import OptionDict

from ingest.errata import Registry
from ingest.errors import SicError
from rag.errors import CancelledError
from rag.markdown import escape_markdown, lead, show_unanswered
from rag.schema import (
    Answer,
    Done,
    Language,
    Message,
    Passage,
    Question,
    Sources,
    Stage,
    Text,
)
from ui.accounts import OWNER, User
from ui.chart import chart_markdown
from ui.markdown import (
    abstention_markdown,
    calculation_markdown,
    corrections_markdown,
    passages_markdown,
    plain_text,
    references_markdown,
    sentence_markdown,
)
from ui.service import Service
from ui.suggestions import suggest
from ui.words import tell, tell_error

CORRECTED = {"en": "What is corrected, and by whom", "zh": "更正及其依据"}
WORKING = {"en": "How it was worked out", "zh": "计算过程"}
SOURCES = {"en": "Sources, as a list", "zh": "引用来源列表"}
CHART = {"en": "The values as bars", "zh": "数值对比图"}
LEFT_OUT = {"en": "What was left out, and why", "zh": "未采用的内容及原因"}


def answer(
    service: Service,
    message: str,
    history: list[Any],
    language: Language,
    user: User = OWNER,
    listener: str = "",
) -> Iterator[tuple[list[gr.ChatMessage], Answer | None]]:
    """Yield the reply's messages as they grow: the search first, then the answer, whole at last."""
    started = time.monotonic()
    waiting = describe_state(service, language)
    search = gr.ChatMessage("", metadata={"title": waiting, "status": "pending"})
    sentences: list[str] = []
    count = 0
    question = Question(message, to_messages(history))
    try:
        if not service.wait(0):
            yield [search], None
            service.settle(listener)
        search.metadata["title"] = tell("searching", language)
        for event in service.events(question, user, listener):
            match event:
                case Stage("searching") if not sentences:
                    continue  # what is found follows at once
                case Stage(name):
                    search.metadata["title"] = tell(name, language, count=count)
                case Sources(query, passages):
                    count = len(passages)
                    errata = service.read_errata()
                    search.content = show_search(query, passages, message, language, errata)
                case Text(sentence, citations, correction):
                    told = sentence_markdown(sentence, citations, correction)
                    sentences.append(lead(sentence) + told)
                case Done(whole):
                    seconds = time.monotonic() - started
                    shown = show_answer(whole, language, seconds, service.read_errata())
                    shown[-1].options = _offer(whole, question)
                    yield shown, whole
                    return
            yield [search, *_say(sentences)], None
    except SicError as error:
        search.metadata |= {"title": tell("stopped", language), "status": "done"}
        if not isinstance(error, CancelledError):
            sentences.append(f"\n\n**{escape_markdown(tell_error(error, language))}**")
        yield [search, *_say(sentences)], None


def _say(parts: Sequence[str]) -> list[gr.ChatMessage]:
    """Return what was said so far as a message; none if there is nothing yet."""
    text = "".join(parts).strip()
    return [gr.ChatMessage(text)] if text else []


def show_answer(
    whole: Answer, language: Language, seconds: float, errata: Registry
) -> list[gr.ChatMessage]:
    """Return a whole answer as messages: what was searched, the text, and what unfolds."""
    title = tell(
        "searched", language, query=escape_markdown(whole.query), count=len(whole.passages)
    )
    search = gr.ChatMessage(
        show_search(whole.query, whole.passages, whole.question, language, errata),
        metadata={"title": title, "status": "done", "duration": round(seconds, 1)},
    )
    cited = {one.number: one for one in whole.citations}
    corrections = {one.mark: one for one in whole.corrections}
    parts = [
        lead(one)
        + sentence_markdown(
            one, [cited[number] for number in one.citations], corrections.get(one.mark)
        )
        for one in whole.sentences
    ]
    parts.append(show_unanswered(whole.unanswered, whole.language))
    if whole.abstained:
        parts.append(abstention_markdown(whole, errata))
    return [search, gr.ChatMessage("".join(parts).strip()), *show_working(whole)]


def _offer(whole: Answer, question: Question) -> list[OptionDict]:
    """Return questions to go on with, for buttons below an answer."""
    asked = {whole.question, *(turn.content for turn in question.history)}
    return [OptionDict(label=one, value=one) for one in suggest(whole, asked)]


def show_search(
    query: str,
    passages: Sequence[Passage],
    message: str,
    language: Language,
    errata: Registry,
) -> str:
    """Return what was found, and what was searched for if that is not what was asked."""
    searched = tell("searched for", language, query=escape_markdown(query))
    asked = "" if query == message.strip() else f"{searched}\n\n"
    return asked + passages_markdown(passages, language, errata)


def describe_state(service: Service, language: Language) -> str:
    """Say what the service is doing; nothing when it is ready."""
    if service.state == "indexing":
        return tell("indexing", language, detail=service.detail)
    if service.state == "loading":
        return tell("loading", language)
    return service.detail if service.state == "failed" else ""


def show_working(whole: Answer) -> list[gr.ChatMessage]:
    """Return what unfolds: a number's working, who corrects, the sources, what was left out."""
    folded: list[tuple[str, str]] = []
    if whole.calculation:
        folded.append((WORKING[whole.language], calculation_markdown(whole.calculation, whole)))
    elif chart := chart_markdown(whole):
        folded.append((CHART[whole.language], chart))
    if whole.corrections:
        content = corrections_markdown(whole.corrections, whole.language)
        folded.append((CORRECTED[whole.language], content))
    if whole.citations:
        references = references_markdown(whole.citations, whole.language)
        folded.append((SOURCES[whole.language], references))
    if whole.dropped:
        reasons = "\n".join(f"- {escape_markdown(one)}" for one in whole.dropped)
        folded.append((LEFT_OUT[whole.language], reasons))
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
