"""Question -> Answer: the one place where the steps come together.

    check -> rewrite, if it refers back -> retrieve -> judge -> write, verify each line -> Answer

`Chain` is a LangChain Runnable: `invoke` gives the Answer, and `events` the same as it comes
about: stages, sources, each sentence that holds, and the whole answer last.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig

from ingest.embed import Embedder
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.terms import find_terms
from rag.chat_model import ChatModel
from rag.claim import Claim, check_numbers, denies, find_claim, states_numbers
from rag.compose import Composer
from rag.conflict import find_rivals
from rag.evidence import find_sentences, nearest_sentences, select_evidence
from rag.judge import Judge
from rag.names import (
    find_identifiers,
    find_names,
    find_proper_names,
    find_subjects,
    find_words,
)
from rag.prompts import (
    LINE_GRAMMAR,
    NONE,
    restate_messages,
    rewrite_messages,
    translate_messages,
    write_messages,
)
from rag.question import (
    check_question,
    detect_language,
    is_written_in,
    refers_back,
)
from rag.retrieve import Retriever
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
from rag.verify import Draft, Verifier, find_numbers, parse_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORT_REPLY_TOKENS = 120
CLAIM_SENTENCES = 3
"""How many of the nearest sentences a claim is weighed by."""


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
        passages = self.retriever.retrieve(query, self.settings.passages, question.documents)
        searched = query
        if translation := self._translate(query, language, passages):
            searched = f"{query} ({translation})"
            passages = self.retriever.retrieve(
                query, self.settings.passages, question.documents, translation
            )
        clock.mark("retrieve_ms")
        yield Sources(searched, passages)

        vector = self.retriever.embed(query, translation)
        evidence = select_evidence(passages, vector, self.retriever.embedder)
        composer = Composer(language)
        judge = Judge(self.chat_model, searched, passages)
        yield Stage("reading")
        if unknown := self._find_unknown(query, searched, question.documents):
            composer.decline(unknown)
        elif doubt := judge.doubt_passages():
            composer.drop(doubt)
        else:
            yield Stage("writing")
            claim = find_claim(query, language) if self.chat_model.is_local else None
            if claim:
                answer = self._decide(claim, passages, vector, judge, composer)
            else:
                answer = self._write(query, evidence, language, judge, composer)
            for event in answer:
                clock.mark("first_token_ms")
                yield event
            yield from self._contradict(query, passages, judge, composer)
        clock.mark("total_ms")
        yield Done(
            Answer(
                question=question.text,
                query=searched,
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
            and set(find_terms(written)) - set(find_terms(text))
            and find_numbers(written) <= find_numbers(said)
            and find_names(written) <= find_words(said)
        ):
            return written
        before = " ".join([turn.content for turn in history if turn.role == "user"][-1:])
        subjects = ", ".join(find_subjects(before))
        told = f"{text} ({subjects})" if subjects else f"{before} {text}"
        return told[-self.settings.question_characters :].strip()

    def _translate(self, query: str, language: Language, passages: Sequence[Passage]) -> str:
        """Return the query in the language of most passages, or nothing if that is its own."""
        foreign = [one for one in passages if detect_language(one.text) != language]
        if 2 * len(foreign) <= len(passages):
            return ""
        written = self._ask(translate_messages(query, detect_language(foreign[0].text)))
        keeps = find_numbers(written) == find_numbers(query) and find_identifiers(
            written
        ) == find_identifiers(query)
        return written if keeps and len(written) <= self.settings.question_characters else ""

    def _find_unknown(
        self, query: str, searched: str, documents: Sequence[str] | None
    ) -> list[str]:
        """Return the names of the question that no document has; other languages have others."""
        if searched != query:
            return []
        return self.retriever.find_unknown(find_proper_names(query), documents)

    def _ask(self, messages: list[BaseMessage]) -> str:
        """Return the first line of a short reply."""
        reply = "".join(self.chat_model.write(messages, SHORT_REPLY_TOKENS))
        return reply.strip().split("\n")[0].strip('"“”「」 ')

    def _write(
        self,
        query: str,
        evidence: Sequence[Evidence],
        language: Language,
        judge: Judge,
        composer: Composer,
    ) -> Iterator[Text]:
        """Yield the sentences that hold. If none does, quote what they should have rested on."""
        verifier = Verifier(evidence, self.retriever.embedder, query)
        misquoted: Evidence | None = None
        for draft in self._drafts(query, evidence, language):
            verdict = verifier.check(draft)
            if verdict.reason:
                composer.drop(verdict.reason)
                misquoted = misquoted or next(iter(verdict.evidence), None)
                continue
            if not composer.sentences and (
                doubt := judge.doubt_sentence(draft.text, verdict.evidence)
            ):
                composer.drop(doubt)
                continue
            yield composer.add(draft.text, verdict.evidence)
        if misquoted and not composer.sentences:
            if doubt := judge.doubt_sentence(misquoted.text, [misquoted]):
                composer.drop(doubt)
            else:
                yield composer.quote(misquoted)

    def _decide(
        self,
        claim: Claim,
        passages: Sequence[Passage],
        vector: "NDArray[np.float32]",
        judge: Judge,
        composer: Composer,
    ) -> Iterator[Text]:
        """Yield yes or no to a claim with the sentence that says so; or that sentence alone."""
        near = nearest_sentences(vector, passages, self.retriever.embedder, CLAIM_SENTENCES)
        for item in near:
            by_number = check_numbers(claim.text, item.text)
            if by_number is not None:
                yield composer.decide(claim.word(by_number), item)
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

    def _contradict(
        self, query: str, passages: Sequence[Passage], judge: Judge, composer: Composer
    ) -> Iterator[Text]:
        """Yield quotations of what contradicts the answer, at most one a sentence."""
        sentences = find_sentences(passages)
        for sentence, cited in list(composer.grounds):
            rivals = find_rivals(sentence.text, cited, sentences, query, self.retriever.embedder)
            rival = next(filter(judge.confirms, rivals), None)
            if rival and (event := composer.contradict(sentence, rival)):
                yield event

    def _drafts(
        self, query: str, evidence: Sequence[Evidence], language: Language
    ) -> Iterator[Draft]:
        """Yield the drafted sentences, each once and as soon as it is whole."""
        messages = write_messages(
            query, evidence, language, may_decline=not self.chat_model.is_local
        )
        seen = {NONE}
        for line in _lines(
            self.chat_model.write(messages, self.settings.answer_tokens, LINE_GRAMMAR)
        ):
            draft = parse_line(line)
            if draft is None or draft.text.rstrip(".") in seen:
                continue
            seen.add(draft.text.rstrip("."))
            if is_written_in(draft.text, language):
                yield draft
            else:
                restated = self._ask(restate_messages(query, draft.text, language))
                yield replace(draft, text=restated or draft.text)


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from whole
    yield rest


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
                warming.result()
            yield Chain(Retriever(store, embedder), chat_model, rag)
        finally:
            chat_model.close()
