"""Question -> Answer: the one place where the steps come together.

    check -> rewrite, if it refers back -> retrieve -> judge -> write, verify each line -> Answer

`Chain` is a LangChain Runnable: `invoke` gives the Answer, and `events` the same as it comes
about: stages, sources, each sentence that holds, and the whole answer last.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig

from ingest.embed import Embedder
from ingest.settings import IngestSettings
from ingest.split import split_sentences
from ingest.store import Store
from ingest.terms import find_terms
from rag.chat_model import ChatModel
from rag.claim import Claim, check_numbers, denies, find_claim, states_numbers
from rag.compose import Composer
from rag.conflict import find_rivals
from rag.evidence import find_sentences, key_sentences, nearest_sentences, select_evidence
from rag.judge import LEAST_LISTED, Judge
from rag.kind import find_kind, states_kind
from rag.names import (
    find_identifiers,
    find_names,
    find_proper_names,
    find_subjects,
    find_words,
)
from rag.orders import gives_orders
from rag.prompts import (
    NONE,
    restate_messages,
    rewrite_messages,
    tell_messages,
    translate_messages,
    write_messages,
)
from rag.question import (
    check_question,
    detect_language,
    is_written_in,
    refers_back,
)
from rag.reader import HOSTED_PASSAGES, EmbeddedReader, HostedReader, Reader
from rag.rerank import Reranker
from rag.retrieve import Retriever, number_passages
from rag.schema import (
    Answer,
    Done,
    Event,
    Evidence,
    Language,
    Message,
    Passage,
    Question,
    Sources,
    Stage,
    Text,
)
from rag.settings import RagSettings
from rag.task import Task, find_named, find_task
from rag.verify import Draft, Verifier, find_numbers, keep_to_subject, parse_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORT_REPLY_TOKENS = 120
COURTESY = frozenset(["thanks", "thank", "please", "sorry", "ok", "okay", "yes", "hello"])
"""Words that make no question clearer."""
MOST_DOUBTED = 2
"""How many drafted sentences may fail to answer before nothing more is tried."""
QUOTED_SENTENCES = 2
"""How many of the nearest sentences are tried as they stand where no draft holds."""
CLAIM_SENTENCES = 3
"""How many of the nearest sentences a claim is weighed by."""
LEAST_SAME = 0.85
"""Cosine similarity from which a translated sentence is taken to say the same."""
LIST_PASSAGES = 15
LIST_SENTENCES = 10
"""From how many passages the sentences for a list are taken, and how many are examined."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is understood: the words to search for, what is wanted, and where."""

    query: str
    language: Language
    documents: tuple[str, ...] | None
    task: Task
    named: tuple[str, ...] = ()
    """The documents that the question itself names."""
    translation: str = ""

    @property
    def whole(self) -> str:
        """The query with what it was translated to, and the documents that it names."""
        more = [part for part in (self.translation, ", ".join(self.named)) if part]
        return f"{self.query} ({'; '.join(more)})" if more else self.query


class Chain(Runnable[Question, Answer]):
    """Answers questions from one store with one chat model. Threads may share it."""

    def __init__(self, retriever: Retriever, chat_model: ChatModel, settings: RagSettings) -> None:
        self.retriever = retriever
        self.chat_model = chat_model
        self.settings = settings

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
        text = check_question(question.text, self.settings.question_characters)
        language = detect_language(text)
        query = text
        if refers_back(text, question.history):
            yield Stage("rewriting")
            query = self._rewrite(text, question.history, language)
            clock.mark("rewrite_ms")
        yield Stage("searching")
        asked = self._understand(query, language, question.documents)
        passages = self._search(asked)
        if translation := self._translate(asked, passages):
            asked = replace(asked, translation=translation)
            passages = self._search(asked)
        clock.mark("retrieve_ms")
        yield Sources(asked.whole, passages)

        yield Stage("reading")
        composer = Composer(language)
        for event in self._answer(asked, passages, composer):
            match event:
                case Text():
                    clock.mark("first_token_ms")
                case Sources():
                    passages = event.passages
            yield event
        clock.mark("total_ms")
        yield Done(
            Answer(
                question=question.text,
                query=asked.whole,
                language=language,
                text=composer.text(),
                sentences=tuple(composer.sentences),
                citations=tuple(composer.citations),
                abstained=not composer.sentences,
                passages=passages,
                timings=clock.marks,
                model=self.chat_model.name,
                dropped=tuple(composer.dropped),
                conflicts=tuple(composer.conflicts),
            )
        )

    def _rewrite(self, text: str, history: tuple[Message, ...], language: Language) -> str:
        """Return the question in words that need no dialogue before them.

        If the model brings in a name or number of its own, or changes nothing, what the question
        before named stands behind instead, or that question in front.
        """
        written = self._ask(rewrite_messages(text, history, language))
        said = " ".join([text, *(turn.content for turn in history)])
        if (
            0 < len(written) <= self.settings.question_characters
            and set(find_terms(written)) - set(find_terms(text)) - COURTESY
            and find_numbers(written) <= find_numbers(said)
            and find_names(written) <= find_words(said)
        ):
            return written
        before = " ".join([turn.content for turn in history if turn.role == "user"][-1:])
        subjects = ", ".join(find_subjects(before))
        told = f"{text} ({subjects})" if subjects else f"{before} {text}"
        return told[-self.settings.question_characters :].strip()

    def _understand(
        self, query: str, language: Language, documents: tuple[str, ...] | None
    ) -> _Asked:
        """Tell what a question wants, and which documents it names if it is bound to none."""
        entries = {} if documents is not None else self.retriever.store.manifest.entries()
        named = find_named(query, entries)
        if named:
            documents = tuple(named)
        task = find_task(query, tuple(named.values()))
        return _Asked(query, language, documents, task, tuple(named))

    def _search(self, asked: _Asked) -> tuple[Passage, ...]:
        """Return the passages nearest to a question; for a summary, those to walk through."""
        retriever = self.retriever
        count = self.settings.passages
        if not self.chat_model.is_local:
            count = max(count, HOSTED_PASSAGES)
        match asked.task:
            case Task("summary"):
                return retriever.walk(asked.documents)
            case Task("list"):
                count = max(count, LIST_PASSAGES)
            case Task("comparison", (one, two)):
                sides = [asked.query.replace(other, " ") for other in (two, one)]
                found = [retriever.retrieve(side, count, asked.documents) for side in sides]
                mixed = chain.from_iterable(zip_longest(*found))
                return number_passages([passage for passage in mixed if passage])[:count]
        return retriever.retrieve(asked.query, count, asked.documents, asked.translation)

    def _translate(self, asked: _Asked, passages: Sequence[Passage]) -> str:
        """Return the query in the language of most passages, or nothing if that is its own."""
        foreign = [one for one in passages if detect_language(one.text) != asked.language]
        if asked.task.kind == "summary" or 2 * len(foreign) <= len(passages):
            return ""
        written = self._ask(translate_messages(asked.query, detect_language(foreign[0].text)))
        keeps = find_numbers(written) == find_numbers(asked.query) and find_identifiers(
            written
        ) == find_identifiers(asked.query)
        return written if keeps and len(written) <= self.settings.question_characters else ""

    def _ask(self, messages: list[BaseMessage]) -> str:
        """Return the first line of a short reply."""
        reply = "".join(self.chat_model.write(messages, SHORT_REPLY_TOKENS))
        return reply.strip().split("\n")[0].strip('"“”「」 ')

    def _answer(
        self, asked: _Asked, passages: tuple[Passage, ...], composer: Composer
    ) -> Iterator[Event]:
        """Yield the sentences of an answer, if there is one, and what contradicts them."""
        if asked.task.kind == "summary":
            yield from self._summarise(asked, passages, composer)
            return
        judge = Judge(self.chat_model, asked.query, asked.translation, passages)
        if self._declines(asked, judge, composer):
            return
        claim = find_claim(asked.query, asked.language)
        if not self.chat_model.is_local:
            yield Stage("writing")
            reader = self._hosted_reader(asked, passages)
            yield from self._write(asked, reader, judge, composer)
            if reader.passages != passages:
                passages = reader.passages
                yield Sources(asked.whole, passages)
        elif asked.task.kind == "list":
            yield from self._list(asked, passages, judge, composer)
        elif claim:
            yield from self._decide(claim, asked, passages, judge, composer)
        else:
            vector = self.retriever.embed(asked.query, asked.translation)
            evidence = select_evidence(passages, vector, self.retriever.embedder)
            if doubt := judge.doubt_evidence(evidence):
                composer.drop(doubt)
                return
            yield Stage("writing")
            most_tokens = self.settings.answer_tokens
            reader = EmbeddedReader(self.chat_model, passages, evidence, most_tokens)
            yield from self._write(asked, reader, judge, composer)
            if not composer.sentences:
                yield from self._quote(asked, vector, passages, judge, composer)
        yield from self._contradict(asked, passages, judge, composer)

    def _declines(self, asked: _Asked, judge: Judge, composer: Composer) -> bool:
        """Tell whether there can be no answer, as far as it shows before a model is asked."""
        if unknown := self._find_unknown(asked):
            composer.decline(unknown)
        elif _only_orders(asked.query):
            composer.drop("it gives orders to the model, and asks nothing of the documents")
        elif doubt := judge.doubt_passages():
            composer.drop(doubt)
        else:
            return False
        return True

    def _find_unknown(self, asked: _Asked) -> list[str]:
        """Return the names of the question that no document has; other languages have others."""
        if asked.translation:
            return []
        return self.retriever.find_unknown(find_proper_names(asked.query), asked.documents)

    def _hosted_reader(self, asked: _Asked, passages: tuple[Passage, ...]) -> Reader:
        def search(query: str) -> tuple[Passage, ...]:
            return self.retriever.retrieve(query, self.settings.passages, asked.documents)

        return HostedReader(self.chat_model, passages, search)

    def _summarise(
        self, asked: _Asked, passages: Sequence[Passage], composer: Composer
    ) -> Iterator[Text]:
        """Yield the sentence that says most of each passage, behind its title if there are more."""
        several = len({passage.document for passage in passages}) > 1
        for item in key_sentences(passages, self.retriever.embedder):
            title = item.passage.title if several else ""
            yield composer.point(self._say(asked, item), item, title)

    def _list(
        self, asked: _Asked, passages: Sequence[Passage], judge: Judge, composer: Composer
    ) -> Iterator[Text]:
        """Yield each of the nearest sentences that answers by itself."""
        vector = self.retriever.embed(asked.query, asked.translation)
        for item in nearest_sentences(vector, passages, self.retriever.embedder, LIST_SENTENCES):
            if doubt := judge.doubt_sentence(item.text, [item], LEAST_LISTED):
                composer.drop(doubt)
            else:
                yield composer.point(self._say(asked, item), item)

    def _say(self, asked: _Asked, item: Evidence) -> str:
        """Return a sentence of a document in the language of the question, if that can be done."""
        words = " ".join(item.text.split())
        if is_written_in(words, asked.language):
            return words
        said = self._ask(tell_messages(words, asked.language))
        verifier = Verifier([item], self.retriever.embedder, words)
        said_of, of = self.retriever.embedder.embed_documents([said, words])
        holds = (
            is_written_in(said, asked.language)
            and float(said_of @ of) >= LEAST_SAME
            and not verifier.check(Draft((), said)).reason
        )
        return said if holds else words

    def _decide(
        self,
        claim: Claim,
        asked: _Asked,
        passages: Sequence[Passage],
        judge: Judge,
        composer: Composer,
    ) -> Iterator[Text]:
        """Yield yes or no to a claim with the sentence that says so; or that sentence alone."""
        vector = self.retriever.embed(claim.text, asked.translation)
        near = nearest_sentences(vector, passages, self.retriever.embedder, CLAIM_SENTENCES)
        near = keep_to_subject(claim.text, near)
        if not near:
            composer.drop("what was found is about something else")
            return
        by_number = check_numbers(claim.text, near[0].text)
        if by_number is not None:
            yield composer.decide(claim.word(by_number), near[0])
            return
        weight = judge.weigh_claim(claim.text, near)
        denial = next((item for item in near if denies(claim.text, item.text)), None)
        support = next((item for item in near if states_numbers(claim.text, item.text)), None)
        if weight == "yes" and support:
            yield composer.decide(claim.confirmed, support)
        elif denial or weight == "no":
            yield composer.decide(claim.denied, denial or near[0])
        elif weight == "unknown":
            composer.drop("no passage tells whether it is so")
        else:
            yield composer.quote(near[0])

    def _write(
        self, asked: _Asked, reader: Reader, judge: Judge, composer: Composer
    ) -> Iterator[Text]:
        """Yield the sentences that hold. If none does, quote what they should have rested on."""
        verifier = Verifier(reader.evidence, self.retriever.embedder, asked.query)
        misquoted: Evidence | None = None
        doubted = 0
        for draft in self._drafts(asked, reader, verifier):
            verdict = verifier.check(draft)
            if verdict.reason:
                composer.drop(verdict.reason)
                misquoted = misquoted or next(iter(verdict.evidence), None)
                continue
            if not composer.sentences and (
                doubt := judge.doubt_sentence(draft.text, verdict.evidence)
            ):
                composer.drop(doubt)
                doubted += 1
                if doubted == MOST_DOUBTED:
                    return
                continue
            yield composer.add(draft.text, verdict.evidence)
        if misquoted and not composer.sentences:
            if doubt := judge.doubt_sentence(misquoted.text, [misquoted]):
                composer.drop(doubt)
            else:
                yield composer.quote(misquoted)

    def _quote(
        self,
        asked: _Asked,
        vector: "NDArray[np.float32]",
        passages: Sequence[Passage],
        judge: Judge,
        composer: Composer,
    ) -> Iterator[Text]:
        """Yield the nearest sentence as it stands, if it is to the point."""
        near = nearest_sentences(vector, passages, self.retriever.embedder, QUOTED_SENTENCES)
        kind = find_kind(asked.query)
        for item in keep_to_subject(asked.query, near):
            if kind and not states_kind(item.text, kind):
                continue
            if doubt := judge.doubt_sentence(item.text, [item], LEAST_LISTED):
                composer.drop(doubt)
            else:
                yield composer.quote(item)
                return

    def _drafts(self, asked: _Asked, reader: Reader, verifier: Verifier) -> Iterator[Draft]:
        """Yield the drafted sentences, each once and as soon as it is whole."""
        may_decline = not self.chat_model.is_local
        messages = write_messages(
            asked.query, reader.evidence, asked.language, may_decline=may_decline
        )
        seen = {NONE}
        for line in _lines(reader.write(messages, verifier)):
            draft = parse_line(line)
            if draft is None or draft.text.rstrip(".") in seen:
                continue
            seen.add(draft.text.rstrip("."))
            if is_written_in(draft.text, asked.language):
                yield draft
            else:
                restated = self._ask(restate_messages(asked.query, draft.text, asked.language))
                yield replace(draft, text=restated or draft.text)

    def _contradict(
        self, asked: _Asked, passages: Sequence[Passage], judge: Judge, composer: Composer
    ) -> Iterator[Text]:
        """Yield quotations of what contradicts the answer, at most one a sentence."""
        sentences = find_sentences(passages)
        for sentence, cited in list(composer.grounds):
            rivals = find_rivals(
                sentence.text, cited, sentences, asked.query, self.retriever.embedder
            )
            rival = next(filter(judge.confirms, rivals), None)
            if rival and (event := composer.contradict(sentence, rival)):
                yield event


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from whole
    yield rest


def _only_orders(text: str) -> bool:
    return all(gives_orders(text[start:end]) for start, end in split_sentences(text))


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
