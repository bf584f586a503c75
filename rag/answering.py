"""Passages -> the sentences of an answer, each as soon as it holds: one way for each task.

what no document can answer    declined
a summary                      the sentence that says most of each passage
a list                         the sentences that answer by themselves
what is said of a topic        the sentences that name it
good or bad, high or low       the sentence of each document that answers
what documents disagree about  the sentences that an audit lays side by side
yes or no                      that word, with the sentence that says so
a number to be worked out      worked out by the calculator
anything else                  written, line by line, and verified; or else quoted
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.schema import Chunk
from ingest.split import split_sentences
from ingest.terms import FUNCTION_WORDS, find_stems, find_terms, is_same_word
from rag.asked_number import find_asked_number, may_ask_number, needs_work
from rag.audit import audit
from rag.calculation import Worked
from rag.chat_model import ChatModel
from rag.claim import (
    Claim,
    Weight,
    check_numbers,
    denies,
    find_claim,
    find_premise,
    states_numbers,
    tells_of,
)
from rag.compose import Composer
from rag.conflict import find_rivals, find_twins
from rag.errata import Corrector
from rag.evidence import (
    COLONS,
    begins_with_reference,
    evidence_at,
    find_sentences,
    holds_list,
    key_sentences,
    nearest_sentences,
    select_evidence,
    select_numbers,
)
from rag.judge import LEAST_LISTED, Judge
from rag.kind import find_kind, states_kind
from rag.names import find_proper_names
from rag.orders import gives_orders
from rag.plan import plan_calculation, work_out_for
from rag.prompts import (
    NONE,
    NOT_THERE,
    look_up_messages,
    one_of,
    restate_messages,
    tell_messages,
    write_messages,
)
from rag.question import detect_language, is_written_in
from rag.reader import EmbeddedReader, HostedReader, Reader
from rag.retrieve import Retriever
from rag.rows import Row, bears_on, find_cells, takes_cell
from rag.schema import Event, Evidence, Passage, Sources, Stage, Text
from rag.settings import RagSettings
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
CLAIM_SENTENCES = 3
"""How many of the nearest sentences a claim is weighed by."""
LEAST_SAME = 0.85
"""Cosine similarity from which a translated sentence is taken to say the same."""
MOST_AUDITED = 50
MOST_DISAGREEMENTS = 6
"""How many documents are compared for what they disagree about, and how many places are shown."""
LIST_SENTENCES = 10
"""How many of the nearest sentences are examined for a list."""
_ASKS_ITEMS = re.compile(r"\b(?:what|how|list)\b|什么|哪些|怎|如何|列", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:it|they|he|she)\b|[它他她其]", re.IGNORECASE)
"""How a sentence begins that is about what the one before is about."""
ONE_CALCULATION = "one number is worked out in an answer: ask for the other by itself"
TOPIC_SENTENCES = 6
"""The most that is told of a topic."""
MOST_SIDES = 3
SIDE_SENTENCES = 3
"""How many documents are asked for a verdict, and how many of the nearest sentences of each."""
TOPIC_SENTENCES_OF = 60
"""The nearest sentences, of which those that name it are taken."""


class Answerer:
    """Answers from passages that were found. Threads may share it."""

    def __init__(self, retriever: Retriever, chat_model: ChatModel, settings: RagSettings) -> None:
        self.retriever = retriever
        self.chat_model = chat_model
        self.settings = settings

    def answer(
        self,
        asked: Asked,
        passages: tuple[Passage, ...],
        corrector: Corrector,
        composer: Composer,
    ) -> Iterator[Event]:
        """Yield the sentences of an answer, if there is one, and what contradicts or corrects them.

        A question that states a known error is answered by its correction alone.
        """
        stated = corrector.find_stated()
        for erratum in stated:
            if erratum.entry.kind == "error":
                yield from composer.correct(erratum)
        if composer.sentences:
            return
        if asked.task.kind == "summary":
            yield from self._summarise(asked, passages, composer)
        elif asked.task.kind == "disagreement":
            yield from self._disagree(asked, composer)
        else:
            yield from self._answer(asked, passages, corrector, composer)
        for erratum in stated:
            yield from composer.correct(erratum)

    def _answer(
        self,
        asked: Asked,
        passages: tuple[Passage, ...],
        corrector: Corrector,
        composer: Composer,
    ) -> Iterator[Event]:
        judge = Judge(self.chat_model, asked.query, asked.translation, passages)
        if not self._declines(asked, judge, corrector, composer):
            if self.chat_model.is_local:
                yield from self._try(asked, passages, judge, composer)
            else:
                yield Stage("writing")
                reader = self._hosted_reader(asked, passages)
                yield from self._write(asked, reader, judge, composer)
                if reader.passages != passages:
                    passages = reader.passages
                    yield Sources(asked.whole, passages)
            yield from self._contradict(asked, passages, judge, composer)
        if not composer.sentences and not _only_orders(asked.query):
            yield from self._amend(asked, passages, judge, corrector, composer)

    def _try(
        self, asked: Asked, passages: tuple[Passage, ...], judge: Judge, composer: Composer
    ) -> Iterator[Event]:
        """Yield the answer of the way made for the question, or else of writing."""
        if asked.task.kind == "list":
            yield from self._list(asked, passages, judge, composer)
            return
        if asked.task.kind == "topic":
            yield from self._mention(asked, passages, composer)
        elif asked.task.kind == "verdict":
            yield from self._take_sides(asked, passages, judge, composer)
        if composer.sentences:
            return
        if claim := find_claim(asked.query, asked.language):
            yield from self._decide(claim, asked, passages, judge, composer)
            return
        yield from self._correct(asked, passages, judge, composer)
        if not composer.sentences:
            yield from self._calculate(asked, passages, composer)
        if composer.sentences:
            return
        yield from self._read(asked, passages, judge, composer)

    def _read(
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
            most_tokens = self.settings.answer_tokens
            reader = EmbeddedReader(self.chat_model, passages, evidence, most_tokens)
            yield from self._write(asked, reader, judge, composer)
        if not composer.sentences:
            yield from self._look_up(asked, passages, composer)
        if not doubt and not composer.sentences:
            yield from self._quote(asked, vector, passages, judge, composer)

    def _declines(
        self, asked: Asked, judge: Judge, corrector: Corrector, composer: Composer
    ) -> bool:
        """Tell whether there can be no answer, as far as it shows before a model is asked."""
        if unknown := [name for name in self._find_unknown(asked) if not corrector.knows(name)]:
            composer.decline(unknown)
        elif _only_orders(asked.query):
            composer.drop("it gives orders to the model, and asks nothing of the documents")
        elif doubt := judge.doubt_passages():
            composer.drop(doubt)
        else:
            return False
        return True

    def _find_unknown(self, asked: Asked) -> list[str]:
        """Return the names of the question that no document has; other languages have others."""
        if asked.translation:
            return []
        return self.retriever.find_unknown(find_proper_names(asked.query), asked.documents)

    def _hosted_reader(self, asked: Asked, passages: tuple[Passage, ...]) -> Reader:
        def search(query: str) -> tuple[Passage, ...]:
            return self.retriever.retrieve(query, self.settings.passages, asked.documents)

        def calculate(expression: str, evidence: Sequence[Evidence]) -> Worked:
            return work_out_for(asked.query, expression, evidence, self._above)

        return HostedReader(self.chat_model, passages, search, calculate)

    def _above(self, item: Evidence) -> str:
        """Return what stands above a sentence in its document."""
        document = self.retriever.store.manifest.document(item.passage.document)
        return document.text[: item.start] if document else ""

    def _summarise(
        self, asked: Asked, passages: Sequence[Passage], composer: Composer
    ) -> Iterator[Text]:
        """Yield the sentence that says most of each passage, behind its title if there are more."""
        several = len({passage.document for passage in passages}) > 1
        for item in key_sentences(passages, self.retriever.embedder):
            title = item.passage.title if several else ""
            yield from composer.point(self._say(asked, item), item, title)

    def _disagree(self, asked: Asked, composer: Composer) -> Iterator[Text]:
        """Yield what documents state otherwise than others, or than themselves, side by side."""
        manifest = self.retriever.store.manifest
        names = list(asked.documents or manifest.hashes())[:MOST_AUDITED]
        documents = {one.name: one for one in filter(None, map(manifest.document, names))}

        def chunks_of(name: str) -> list[Chunk]:
            return list(manifest.chunks(manifest.chunk_ids([name])).values())

        findings = audit(documents.values(), chunks_of, self.retriever.embedder.embed_documents)
        found = [one for one in findings if len(one.sides) > 1]
        for one in found[:MOST_DISAGREEMENTS]:
            sides = [evidence_at(documents[at.document], at.start, at.end) for at in one.sides]
            yield from composer.set_against(one.kind, [(self._say(asked, it), it) for it in sides])
        if not found:
            composer.find_agreement()

    def _list(
        self, asked: Asked, passages: Sequence[Passage], judge: Judge, composer: Composer
    ) -> Iterator[Text]:
        """Yield each of the nearest sentences that answers by itself, as their passages have them.

        A sentence that only announces a list is none of its items.
        """
        vector = self.retriever.embed(asked.query, asked.translation)
        near = nearest_sentences(vector, passages, self.retriever.embedder, LIST_SENTENCES)
        ranks = {item.passage.number: rank for rank, item in reversed(list(enumerate(near)))}
        near.sort(key=lambda item: (ranks[item.passage.number], item.start))
        for item in near:
            if item.text.endswith(COLONS):
                continue
            if doubt := judge.doubt_sentence(item.text, [item], LEAST_LISTED):
                composer.drop(doubt)
            else:
                yield from composer.point(self._say(asked, item), item)

    def _mention(
        self, asked: Asked, passages: Sequence[Passage], composer: Composer
    ) -> Iterator[Text]:
        """Yield the nearest sentences that name the topic, behind their titles if of several."""
        (topic,) = asked.task.subjects
        wanted = set(find_terms(topic)) - FUNCTION_WORDS
        vector = self.retriever.embed(asked.query, asked.translation)
        near = nearest_sentences(vector, passages, self.retriever.embedder, TOPIC_SENTENCES_OF)
        naming = [item for item in near if _names_all(wanted, item.text)][:TOPIC_SENTENCES]
        several = len({item.passage.document for item in naming}) > 1
        for item in sorted(naming, key=lambda item: item.place):
            title = item.passage.title if several else ""
            yield from composer.point(self._say(asked, item), item, title)

    def _take_sides(
        self, asked: Asked, passages: Sequence[Passage], judge: Judge, composer: Composer
    ) -> Iterator[Text]:
        """Yield what documents say where a verdict is wanted, behind their titles if several do.

        There is no yes or no: one document's words would pass for what all say.
        """
        vector = self.retriever.embed(asked.query, asked.translation)
        near = nearest_sentences(vector, passages, self.retriever.embedder, TOPIC_SENTENCES_OF)
        sides: dict[str, list[Evidence]] = {}
        for item in keep_to_subject(asked.query, near):
            if not begins_with_reference(item.text):
                sides.setdefault(item.passage.document, []).append(item)
        tried = [side[:SIDE_SENTENCES] for side in list(sides.values())[:MOST_SIDES]]
        found = [one for side in tried if (one := next(filter(judge.confirms, side), None))]
        if len(found) == 1:
            yield from composer.quote(found[0])
            return
        for item in found:
            yield from composer.point(self._say(asked, item), item, item.passage.title)

    def _say(self, asked: Asked, item: Evidence) -> str:
        """Return a sentence of a document in the language of the question, if that can be done."""
        words = " ".join(item.text.split())
        if is_written_in(words, asked.language):
            return words
        said = self.chat_model.reply(tell_messages(words, asked.language))
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
        asked: Asked,
        passages: Sequence[Passage],
        judge: Judge,
        composer: Composer,
    ) -> Iterator[Text]:
        """Yield yes or no to a claim, or which is likely, with the sentence that says so.

        Where neither is, that sentence alone, if it tells of what is claimed.
        """
        weight, item = self._weigh(claim, asked, passages, judge)
        if item is None:
            composer.drop("what was found is about something else")
        elif weight == "unknown":
            composer.drop("no passage tells whether it is so")
        elif weight == "unclear" and not tells_of(claim.text, item.text, asked.translation):
            composer.drop(f"no passage tells clearly whether it is so: {item.text}")
        elif weight == "unclear":
            yield from composer.quote(item)
        else:
            yield from composer.decide(claim.words[weight], item)

    def _weigh(
        self, claim: Claim, asked: Asked, passages: Sequence[Passage], judge: Judge
    ) -> tuple[Weight, Evidence | None]:
        """Return what the passages say of a claim, and the sentence that says it or is nearest."""
        vector = self.retriever.embed(claim.text, asked.translation)
        near = nearest_sentences(vector, passages, self.retriever.embedder, 3 * CLAIM_SENTENCES)
        near = keep_to_subject(claim.text, near)[:CLAIM_SENTENCES]
        if not near:
            return "unknown", None
        by_number = check_numbers(claim.text, near[0].text)
        if by_number is not None:
            return "yes" if by_number else "no", near[0]
        weight = judge.weigh_claim(claim.text, near)
        denial = next((item for item in near if denies(claim.text, item.text)), None)
        support = next((item for item in near if states_numbers(claim.text, item.text)), None)
        if weight == "yes" and support:
            return "yes", support
        if denial or weight == "no":
            return "no", denial or near[0]
        if weight == "rather yes" and support:
            return weight, support
        return "unclear" if "yes" in weight else weight, near[0]

    def _correct(
        self, asked: Asked, passages: Sequence[Passage], judge: Judge, composer: Composer
    ) -> Iterator[Text]:
        """Yield what the passages say instead of what a question takes for granted, if they do."""
        if premise := find_premise(asked.query, asked.language):
            weight, item = self._weigh(premise, asked, passages, judge)
            if item and weight == "no":
                yield from composer.decide(premise.words[weight], item)

    def _amend(
        self,
        asked: Asked,
        passages: Sequence[Passage],
        judge: Judge,
        corrector: Corrector,
        composer: Composer,
    ) -> Iterator[Text]:
        """Yield the correction that answers what no passage does, or of what nearly answers it."""
        nearest = judge.nearest
        vector = self.retriever.embed(asked.query, asked.translation)
        found = [item.text for item in find_sentences(passages)]
        erratum = corrector.find_asked(vector, found, self.retriever.embedder)
        item = corrector.quote(erratum) if erratum else None
        if erratum and item:
            right = erratum.right_in(asked.language)
            if doubt := judge.doubt_sentence(right, [replace(item, text=right)]):
                composer.drop(doubt)
            else:
                yield from composer.correct(erratum)
        if nearest and not composer.sentences:
            yield from composer.correct_nearest(*nearest)

    def _calculate(
        self, asked: Asked, passages: tuple[Passage, ...], composer: Composer
    ) -> Iterator[Event]:
        """Yield the number that a question asks to be worked out, if the passages allow it."""
        if not needs_work(asked.query):
            return
        if composer.calculation:
            composer.drop(ONE_CALCULATION)
            return
        yield Stage("calculating")
        dropped = len(composer.dropped)
        vector = self.retriever.embed(asked.query, asked.translation)

        def select(may_serve: Callable[[str], bool]) -> list[Evidence]:
            return select_numbers(passages, vector, self.retriever.embedder, may_serve)

        plan = plan_calculation(asked.query, select, self._above, self.chat_model)
        if plan.worked:
            yield from composer.calculate(plan.worked, plan.asked)
        elif plan.asked.is_exact and not plan.is_stated:
            composer.fail_to_work_out(plan.reason)
        if plan.reason and len(composer.dropped) == dropped:
            composer.drop(plan.reason)

    def _write(
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

    def _contradict(
        self, asked: Asked, passages: Sequence[Passage], judge: Judge, composer: Composer
    ) -> Iterator[Text]:
        """Yield quotations of what contradicts the answer, at most one a sentence."""
        sentences = find_sentences(passages)
        for sentence, cited in list(composer.grounds):
            rival = next(iter(find_twins(asked.query, cited, sentences)), None)
            if rival is None:
                rivals = find_rivals(
                    sentence.text, cited, sentences, asked.query, self.retriever.embedder
                )
                rival = next(filter(judge.confirms, rivals), None)
            if rival:
                yield from composer.contradict(sentence, cited, rival)


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


def _names_all(wanted: set[str], text: str) -> bool:
    """Tell whether a text has each of some terms, in any form."""
    known = set(find_terms(text))
    return all(any(is_same_word(term, one) for one in known) for term in wanted)


def _only_orders(text: str) -> bool:
    return all(gives_orders(text[start:end]) for start, end in split_sentences(text))
