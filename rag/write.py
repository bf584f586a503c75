"""Passages -> what a model writes of them, line by line, each sentence once it is verified.

Where none holds, the embedded model looks a number up in the rows of a table, and the nearest
sentence that answers is quoted as it stands.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.terms import find_stems
from rag.asked_number import find_asked_number, may_ask_number
from rag.chat_model import ChatModel
from rag.compose import Composer
from rag.evidence import holds_list, nearest_sentences, select_evidence
from rag.judge import Judge
from rag.kind import find_kind, states_kind
from rag.prompts import (
    NONE,
    NOT_THERE,
    look_up_messages,
    one_of,
    restate_messages,
    write_messages,
)
from rag.question import detect_language, is_written_in
from rag.reader import EmbeddedReader, Reader
from rag.retrieve import Retriever
from rag.rows import Row, bears_on, find_cells, takes_cell
from rag.schema import Event, Evidence, Passage, Stage, Text
from rag.task import Asked
from rag.verify import Draft, Verifier, keep_to_subject, parse_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_ABSENT = 0.1
"""The most likelihood that a table's row has no column of what is asked, for one to be read."""
CELL_TOKENS = 24
"""How long a number of a table may be, in the model's tokens."""
MOST_DOUBTED = 2
"""How many drafted sentences may fail to answer, with none that does, before nothing is tried."""
QUOTED_SENTENCES = 3
"""How many of the nearest sentences are tried as they stand where no draft holds."""
ONE_CALCULATION = "one number is worked out in an answer: ask for the other by itself"
_ASKS_ITEMS = re.compile(r"\b(?:what|how|list)\b|什么|哪些|怎|如何|列", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:it|they|he|she)\b|[它他她其]", re.IGNORECASE)
"""How a sentence begins that is about what the one before is about."""


class Writer:
    """Writes answers from passages and checks them. Threads may share it."""

    def __init__(self, retriever: Retriever, chat_model: ChatModel, answer_tokens: int) -> None:
        self.retriever = retriever
        self.chat_model = chat_model
        self.answer_tokens = answer_tokens

    def read(
        self, asked: Asked, passages: tuple[Passage, ...], judge: Judge, composer: Composer
    ) -> Iterator[Event]:
        """Yield what is written of the passages, or else looked up in a table, or else quoted."""
        vector = self.retriever.embed(asked.query, asked.translation)
        evidence = select_evidence(passages, vector, self.retriever.embedder)
        doubt = judge.doubt_evidence(evidence)
        if doubt:
            composer.drop(doubt)
        else:
            yield Stage("writing")
            reader = EmbeddedReader(self.chat_model, passages, evidence, self.answer_tokens)
            yield from self.write(asked, reader, judge, composer)
        if not composer.sentences:
            yield from self._look_up(asked, passages, composer)
        if not doubt and not composer.sentences:
            yield from self._quote(asked, vector, passages, judge, composer)

    def write(
        self, asked: Asked, reader: Reader, judge: Judge, composer: Composer
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
            if aside := self._find_aside(asked, reader, draft.text, verdict.evidence, composer):
                composer.drop(f"{aside}: {draft.text}")
                continue
            if doubt := judge.doubt_answer(draft.text, verdict.evidence):
                composer.drop(doubt)
                doubted += 1
                if doubted == MOST_DOUBTED and not composer.sentences:
                    return
                continue
            yield from _add(asked, draft, verdict.evidence, composer)
        if reader.worked and composer.calculation:
            composer.drop(ONE_CALCULATION)
        elif reader.worked:
            yield from composer.calculate(reader.worked, find_asked_number(asked.query))
        if misquoted and not composer.sentences:
            if doubt := judge.doubt_answer(misquoted.text, [misquoted]):
                composer.drop(doubt)
            else:
                yield from composer.quote(misquoted)

    def _find_aside(
        self,
        asked: Asked,
        reader: Reader,
        text: str,
        evidence: Sequence[Evidence],
        composer: Composer,
    ) -> str | None:
        """Return why a sentence is not to the point, as far as its words show it.

        A number that stands in a table alone is looked up there, if that can be done.
        """
        if goes_on(asked.query, text, evidence, composer):
            return "what was asked for is said before"
        if is_beside(asked.query, text, evidence):
            return "it has no word of the question"
        takes = takes_cell(text, asked.query, (item.text for item in evidence))
        if takes and self._find_rows(asked, reader.passages):
            return "a number of a table is looked up there"
        return None

    def _find_rows(
        self, asked: Asked, passages: Sequence[Passage]
    ) -> list[tuple[Row, Evidence, Evidence]]:
        """Return the rows of a table in which the number asked for is looked up, if any.

        A hosted model reads tables itself.
        """
        if not self.chat_model.is_local or not may_ask_number(asked.query):
            return []
        return self.retriever.find_rows(asked.query, passages)

    def _look_up(
        self, asked: Asked, passages: Sequence[Passage], composer: Composer
    ) -> Iterator[Text]:
        """Yield the number asked for from rows of a table that name what it is asked of."""
        for row, item, header in self._find_rows(asked, passages):
            cells = find_cells(row, item.text)
            if not cells or not bears_on(row, item.text, asked.query):
                composer.drop(f"the table has nothing of what is asked: {item.text}")
                continue
            messages = look_up_messages(asked.query, row.header, item.text)
            absent = self.chat_model.weigh_one(messages, NOT_THERE)
            if absent > MOST_ABSENT:
                composer.drop(f"no column is of what is asked, {absent:.0%} likely: {item.text}")
                continue
            cell = "".join(self.chat_model.write(messages, CELL_TOKENS, one_of(cells)))
            yield from composer.look_up(cell, item, header)

    def _quote(
        self,
        asked: Asked,
        vector: "NDArray[np.float32]",
        passages: Sequence[Passage],
        judge: Judge,
        composer: Composer,
    ) -> Iterator[Text]:
        """Yield the nearest sentence as it stands, if it is to the point."""
        near = nearest_sentences(
            vector, passages, self.retriever.embedder, QUOTED_SENTENCES, with_items=True
        )
        kind = find_kind(asked.query)
        for item in keep_to_subject(asked.query, near):
            if kind and not states_kind(item.text, kind):
                continue
            if doubt := judge.doubt_answer(item.text, [item]):
                composer.drop(doubt)
            else:
                yield from composer.quote(item)
                return

    def _drafts(self, asked: Asked, reader: Reader, verifier: Verifier) -> Iterator[Draft]:
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
                restated = self.chat_model.reply(
                    restate_messages(asked.query, draft.text, asked.language)
                )
                yield replace(draft, text=restated or draft.text)


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from whole
    yield rest


def _add(
    asked: Asked, draft: Draft, evidence: Sequence[Evidence], composer: Composer
) -> Iterator[Text]:
    """Add a drafted sentence; where the items of a list are asked for, the whole list instead."""
    listed = next((item for item in evidence if holds_list(item)), None)
    if (
        listed is None
        or find_kind(asked.query)
        or not _ASKS_ITEMS.search(asked.query)
        or not is_written_in(listed.text, asked.language)
    ):
        yield from composer.add(draft.text, evidence)
    elif any(listed in cited for _, cited in composer.grounds):
        composer.drop(f"it is in the list that is quoted: {draft.text}")
    else:
        yield from composer.quote(listed)


def goes_on(question: str, text: str, evidence: Sequence[Evidence], composer: Composer) -> bool:
    """Tell whether a sentence goes on about something else behind the one amount asked for.

    It comes of a document that is cited for that, and has less of the question's words, and none
    that were not said.
    """
    kind = find_kind(question)
    if kind is None or not kind.units or _GOES_ON.match(text):
        return False
    documents = {item.passage.document for _, cited in composer.grounds for item in cited}
    asked, own = find_stems(question), find_stems(text)
    said = asked.intersection(
        stem for sentence in composer.sentences for stem in find_stems(sentence.text)
    )
    is_known = documents.issuperset(item.passage.document for item in evidence)
    return is_known and asked & own < said


def is_beside(question: str, text: str, evidence: Sequence[Evidence]) -> bool:
    """Tell whether neither a sentence nor what it rests on has a word of the question.

    What begins with a pronoun is about what was said; another language has other words.
    """
    if _GOES_ON.match(text):
        return False
    said = " ".join([text, *(item.text for item in evidence)])
    is_same = all(detect_language(item.text) == detect_language(question) for item in evidence)
    return is_same and find_stems(question).isdisjoint(find_stems(said))
