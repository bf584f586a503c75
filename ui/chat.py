"""The chat: what is answered, as messages that grow, and what a turn before said."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from ingest.errors import SicError
from rag.chain import Chain
from rag.compose import escape_markdown, lead
from rag.retrieve import Retriever
from rag.schema import Answer, Done, Language, Message, Question, Sources, Stage, Text
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
from ui.words import tell

CORRECTED = {"en": "What is corrected, and by whom", "zh": "更正及其依据"}
WORKING = {"en": "How it was worked out", "zh": "计算过程"}
SOURCES = {"en": "Sources, as a list", "zh": "引用来源列表"}
LEFT_OUT = {"en": "What was left out, and why", "zh": "未采用的内容及原因"}


def answer(
    service: Service, message: str, history: list[Any], language: Language
) -> Iterator[list[gr.ChatMessage]]:
    """Yield the reply's messages as they grow: the search first, then the answer."""
    started = time.monotonic()
    if not service.wait(0):
        waiting = describe_state(service, language)
        yield [gr.ChatMessage("", metadata={"title": waiting, "status": "pending"})]
        service.wait()
    if service.embedder is None or service.state == "failed":
        yield [gr.ChatMessage(escape_markdown(service.detail))]
        return
    retriever = Retriever(service.store, service.embedder, service.reranker)
    chain = Chain(retriever, service.chat_model, service.settings)
    searching = tell("searching", language)
    search = gr.ChatMessage("", metadata={"title": searching, "status": "pending"})
    sentences: list[str] = []
    working: list[gr.ChatMessage] = []
    count = 0
    try:
        for event in chain.events(Question(message, to_messages(history))):
            match event:
                case Stage(name):
                    search.metadata["title"] = tell(name, language, count=count)
                case Sources(query, passages):
                    count = len(passages)
                    searched = tell("searched for", language, query=escape_markdown(query))
                    asked = "" if query == message.strip() else f"{searched}\n\n"
                    search.content = asked + passages_markdown(passages, language)
                case Text(sentence, citations, correction):
                    told = sentence_markdown(sentence, citations, correction)
                    sentences.append(lead(sentence) + told)
                case Done(whole):
                    query = escape_markdown(whole.query)
                    search.metadata |= {
                        "title": tell("searched", language, query=query, count=count),
                        "status": "done",
                        "duration": round(time.monotonic() - started, 1),
                    }
                    if whole.abstained:
                        sentences.append(abstention_markdown(whole))
                    working = show_working(whole)
            said = [gr.ChatMessage("".join(sentences).strip())] if sentences else []
            yield [search, *said, *working]
    except SicError as error:
        search.metadata |= {"title": tell("stopped", language), "status": "done"}
        sentences.append(f"**{escape_markdown(str(error))}**")
        yield [search, gr.ChatMessage("\n\n".join(sentences))]


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
