"""Question -> Answer: the one place where the steps come together.

    check -> for each question in it:
             rewrite, if it refers back -> understand -> retrieve -> rag/answering.py
          -> Answer

`Chain` is a LangChain Runnable: `invoke` gives the Answer, and `events` the same as it comes
about: stages, sources, each sentence that holds, and the whole answer last.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from ingest.embed import Embedder
from ingest.errata import ErrataReader
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.terms import find_query_terms, find_stems, find_terms
from rag.answering import Answerer
from rag.chat_model import ChatModel
from rag.claim import find_claim
from rag.compose import Composer
from rag.errata import Corrector
from rag.markdown import show_text
from rag.names import find_codes, find_identifiers, find_names, find_subjects, find_words
from rag.parts import asks_of_each, needs_before, split_question, take_divided
from rag.prompts import divide_messages, rewrite_messages, translate_messages
from rag.question import (
    COURTESY,
    QUESTION_MARKS,
    ask_again,
    check_question,
    detect_language,
    drop_orders,
    fill_ellipsis,
    find_before,
    find_own_stems,
    name_topic,
    only_orders,
    refers_back,
)
from rag.reader import HOSTED_PASSAGES
from rag.rerank import Reranker
from rag.retrieve import Retriever, number_passages
from rag.schema import (
    Answer,
    Done,
    Event,
    Language,
    Message,
    Passage,
    Question,
    Sources,
    Stage,
    Text,
)
from rag.settings import RagSettings
from rag.task import Asked, Task, find_named, find_task
from rag.verify import find_numbers, missing_identifiers

DIVIDED_TOKENS = 200
"""How long the questions in one may be, in the model's tokens."""
LIST_PASSAGES = 15
"""The least number of passages for a list, and for what several documents say."""


class Chain(Runnable[Question, Answer]):
    """Answers questions from one store with one chat model. Threads may share it."""

    def __init__(self, retriever: Retriever, chat_model: ChatModel, settings: RagSettings) -> None:
        self.retriever = retriever
        self.chat_model = chat_model
        self.settings = settings
        self._answerer = Answerer(retriever, chat_model, settings)
        self._errata = ErrataReader(retriever.store.settings, retriever.store.manifest)

    def invoke(
        self,
        input: Question,
        config: RunnableConfig | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> Answer:
        """Answer a question. Raises QuestionError, ChatModelError or StoreError."""
        *_, last = self.events(input)
        assert isinstance(last, Done)
        return last.answer

    def events(self, question: Question) -> Iterator[Event]:
        """Yield what happens on the way to the answer, which is in the last event.

        Raises as `invoke`. Closing the iterator stops the model.
        """
        clock = _Clock()
        text = drop_orders(check_question(question.text, self.settings.question_characters))
        language = detect_language(text)
        again, history = ask_again(text, question.history)
        if again != text:
            text = drop_orders(check_question(again, self.settings.question_characters))
            question = replace(question, history=history)
        parts: list[_Part] = []
        for one in split_question(text):
            yield from self._answer(one, language, question, parts, clock)
        clock.mark("total_ms")
        yield Done(self._put_together(question, language, parts, clock))

    def _answer(
        self,
        text: str,
        language: Language,
        question: Question,
        parts: list["_Part"],
        clock: "_Clock",
    ) -> Iterator[Event]:
        """Yield what happens on the way to the answer of a part of a question, and add it."""
        earlier = [one.asked for one in parts]
        history = (*question.history, *(Message("user", one) for one in earlier))
        query = text
        if only_orders(text):
            yield from self._answer_one(text, query, language, question, parts, clock)
            return
        if refers_back(text, history) or needs_before(text, earlier):
            yield Stage("rewriting")
            query = self._rewrite(text, history, language)
            clock.mark("rewrite_ms")
        if not asks_of_each(query):
            yield from self._answer_one(text, query, language, question, parts, clock)
            return
        yield Stage("rewriting")
        reply = "".join(self.chat_model.write(divide_messages(query), DIVIDED_TOKENS))
        divided = take_divided(reply, query)
        clock.mark("rewrite_ms")
        for one in divided:
            asked = one if len(divided) > 1 else text
            yield from self._answer_one(asked, one, language, question, parts, clock)

    def _answer_one(
        self,
        text: str,
        query: str,
        language: Language,
        question: Question,
        parts: list["_Part"],
        clock: "_Clock",
    ) -> Iterator[Event]:
        """Yield what happens on the way to the answer of one question that stands alone."""
        yield Stage("searching")
        asked = self._understand(query, language, question)
        passages = self._search(asked)
        if translation := self._translate(asked, passages):
            asked = replace(asked, translation=translation)
            passages = self._search(asked)
        clock.mark("retrieve_ms")
        yield Sources(asked.whole, passages)

        yield Stage("reading")
        corrector = Corrector(self._errata.read(), self.retriever.store.manifest.document, asked)
        composer = Composer(language, corrector, parts[-1].composer if parts else None, text)
        said = {sentence for one in parts for sentence in one.composer.sentences}
        for event in self._answerer.answer(asked, passages, corrector, composer):
            match event:
                case Text(sentence) if sentence in said:
                    continue
                case Text():
                    clock.mark("first_token_ms")
                case Sources():
                    passages = event.passages
            yield event
        parts.append(_Part(text, query, asked.whole, passages, composer))

    def _put_together(
        self, question: Question, language: Language, parts: Sequence["_Part"], clock: "_Clock"
    ) -> Answer:
        composers = [part.composer for part in parts]
        sentences = tuple(dict.fromkeys(one for each in composers for one in each.sentences))
        abstained = all(one.abstained for one in composers)
        silent = [part.text for part in parts if part.composer.abstained]
        unanswered = () if abstained else tuple(silent)
        mixed = chain.from_iterable(zip_longest(*(part.passages for part in parts)))
        whole = composers[-1]
        return Answer(
            question=question.text,
            query="; ".join(part.query for part in parts),
            language=language,
            text=show_text(sentences, unanswered, language) or composers[0].tell_nothing(),
            sentences=sentences,
            citations=tuple(whole.citations),
            abstained=abstained,
            passages=number_passages(passage for passage in mixed if passage),
            timings=clock.marks,
            model=self.chat_model.name,
            dropped=tuple(whole.dropped),
            calculation=whole.calculation,
            corrections=tuple(whole.corrections),
            conflicts=tuple(whole.conflicts),
            unanswered=unanswered,
        )

    def _rewrite(self, text: str, history: tuple[Message, ...], language: Language) -> str:
        """Return the question in words that need no dialogue before them.

        If the model brings in a name or number of its own, or nothing that was said, or asks what
        was asked before, or nothing of what is asked now, what the question before named stands in
        place of its pronoun instead, or behind; or what was said before in front. What only names
        another of what was asked about needs no model.
        """
        before = find_before(text, history)
        if filled := fill_ellipsis(text, before):
            return filled[: self.settings.question_characters]
        written = self.chat_model.reply(rewrite_messages(text, history, language))
        dialogue = " ".join(turn.content for turn in history)
        said = f"{text} {dialogue}"
        added = set(find_query_terms(written)) - set(find_terms(text)) - COURTESY
        if (
            0 < len(written) <= self.settings.question_characters
            and added & set(find_terms(dialogue))
            and find_numbers(written) <= find_numbers(said)
            and find_names(written) <= find_words(said)
            and (not (own := find_own_stems(text)) or own & find_stems(written))
            and find_terms(written) not in [find_terms(turn.content) for turn in history]
        ):
            return written
        if (named := name_topic(text, before)) != text:
            return named[: self.settings.question_characters]
        subjects = ", ".join(find_subjects(before))
        is_asked = before.endswith(QUESTION_MARKS)
        told = before if is_asked or before.endswith((".", "。")) else f"{before}."
        whole = f"{text} ({subjects})" if subjects and is_asked else f"{told} {text}"
        return whole[-self.settings.question_characters :].strip()

    def _understand(self, query: str, language: Language, question: Question) -> Asked:
        """Tell what a part of a question wants, and which documents it names if bound to none.

        What another part names counts for one that names none.
        """
        documents = question.documents
        entries = {} if documents is not None else self.retriever.store.manifest.entries()
        named = find_named(query, entries) or find_named(question.text, entries)
        if named:
            documents = tuple(named)
        task = find_task(query, tuple(named.values()))
        return Asked(query, language, documents, task, tuple(named))

    def _search(self, asked: Asked) -> tuple[Passage, ...]:
        """Return the passages nearest to a question or its claim; for a summary, those to walk.

        Where they lack what the question names by letters and digits, those documents are searched
        that have it.
        """
        retriever = self.retriever
        claim = find_claim(asked.query, asked.language)
        query = claim.text if claim else asked.query
        count = self.settings.passages
        if not self.chat_model.is_local:
            count = max(count, HOSTED_PASSAGES)
        match asked.task:
            case Task("summary") | Task("disagreement"):
                return retriever.walk(asked.documents)
            case Task("list") | Task("topic") | Task("verdict"):
                count = max(count, LIST_PASSAGES)
            case Task("comparison", (one, two)):
                sides = [asked.query.replace(other, " ") for other in (two, one)]
                found = [retriever.retrieve(side, count, asked.documents) for side in sides]
                mixed = chain.from_iterable(zip_longest(*found))
                return number_passages([passage for passage in mixed if passage])[:count]
        passages = retriever.retrieve(query, count, asked.documents, asked.translation)
        missing = missing_identifiers(query, passages)
        if missing and (naming := retriever.find_naming(missing, asked.documents)):
            more = retriever.retrieve(query, count, naming, asked.translation)
            beside = passages if missing < find_codes(query) else ()
            mixed = chain.from_iterable(zip_longest(more, beside))
            return number_passages(passage for passage in mixed if passage)[:count]
        return passages

    def _translate(self, asked: Asked, passages: Sequence[Passage]) -> str:
        """Return the query in the language of most passages, or nothing if that is its own."""
        foreign = [one for one in passages if detect_language(one.text) != asked.language]
        if 2 * len(foreign) <= len(passages) or only_orders(asked.query):
            return ""
        if asked.task.kind in ("summary", "disagreement"):
            return ""
        written = self.chat_model.reply(
            translate_messages(asked.query, detect_language(foreign[0].text))
        )
        keeps = (
            find_numbers(written) == find_numbers(asked.query)
            and find_identifiers(written) == find_identifiers(asked.query)
            and asked.query.endswith(QUESTION_MARKS) <= written.endswith(QUESTION_MARKS)
        )
        return written if keeps and len(written) <= self.settings.question_characters else ""


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the questions in what was asked, and what came of it.

    The last one's composer has the citations, corrections and conflicts of all.
    """

    text: str
    asked: str
    """In words that need nothing before them."""
    query: str
    passages: tuple[Passage, ...]
    composer: Composer


class _Clock:
    """Milliseconds since it was made, each mark set once."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self.marks: dict[str, int] = {}

    def mark(self, name: str) -> None:
        self.marks.setdefault(name, round(1000 * (time.monotonic() - self._started)))


@contextmanager
def open_chain(ingest: IngestSettings, rag: RagSettings) -> Iterator[Chain]:
    """Open the store and the models of the settings; close them at the end."""
    with Store(ingest) as store:
        store.require_model()
        chat_model = ChatModel(rag)
        try:
            with ThreadPoolExecutor(max_workers=1) as pool:
                warming = pool.submit(chat_model.warm_up)
                embedder = Embedder(ingest.embedding_model)
                reranker = Reranker.named(rag.reranker)
                warming.result()
            yield Chain(Retriever(store, embedder, reranker), chat_model, rag)
        finally:
            chat_model.close()
