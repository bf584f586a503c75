"""The chat: what is answered, as messages that grow, and what a turn before said."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from ingest.errors import SicError
from rag.chain import Chain
from rag.compose import escape_markdown, lead
from rag.retrieve import Retriever
from rag.schema import Answer, Done, Message, Question, Sources, Stage, Text
from ui.render import (
    abstention_markdown,
    calculation_markdown,
    corrections_markdown,
    passages_markdown,
    plain_text,
    references_markdown,
    sentence_markdown,
)
from ui.service import Service, describe_state

STAGES = {
    "rewriting": "Putting the question in its context…",
    "searching": "Searching the documents…",
    "reading": "Reading {count} passages…",
    "calculating": "Working it out…",
    "writing": "Writing, and checking each sentence…",
}
CORRECTED = {"en": "What is corrected, and by whom", "zh": "更正及其依据"}
WORKING = {"en": "How it was worked out", "zh": "计算过程"}
SOURCES = {"en": "Sources, as a list", "zh": "引用来源列表"}
LEFT_OUT = {"en": "What was left out, and why", "zh": "未采用的内容及原因"}


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
    """Return what unfolds: a number's working, who corrects, the sources, what was left out."""
    folded: list[tuple[str, str]] = []
    if whole.calculation:
        folded.append((WORKING[whole.language], calculation_markdown(whole.calculation, whole)))
    if whole.corrections:
        content = corrections_markdown(whole.corrections, whole.language)
        folded.append((CORRECTED[whole.language], content))
    if whole.citations:
        folded.append((SOURCES[whole.language], references_markdown(whole.citations)))
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
