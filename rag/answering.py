"""Passages -> the sentences of an answer, each as soon as it holds: one way for each task.

what no document can answer    declined
summaries, lists, topics,
verdicts, disagreements        points, each a sentence of a document (`rag/extract.py`)
yes or no                      that word, with the sentence that says so
a number to be worked out      worked out by the calculator
anything else                  written, line by line, and verified (`rag/write.py`)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rag.asked_number import needs_work
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
    find_sentences,
    nearest_sentences,
    select_numbers,
)
from rag.extract import Extractor
from rag.judge import Judge
from rag.names import find_proper_names
from rag.plan import plan_calculation, work_out_for
from rag.question import only_orders
from rag.reader import HostedReader, Reader
from rag.retrieve import Retriever
from rag.schema import Event, Evidence, Passage, Sources, Stage, Text
from rag.settings import RagSettings
from rag.task import Asked
from rag.verify import keep_to_subject
from rag.write import ONE_CALCULATION, Writer

CLAIM_SENTENCES = 3
"""How many of the nearest sentences a claim is weighed by."""


class Answerer:
    """Answers from passages that were found. Threads may share it."""

    def __init__(self, retriever: Retriever, chat_model: ChatModel, settings: RagSettings) -> None:
        self.retriever = retriever
        self.chat_model = chat_model
        self.settings = settings
        self.extractor = Extractor(retriever, chat_model)
        self.writer = Writer(retriever, chat_model, settings.answer_tokens)

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
            yield from self.extractor.summarise(asked, passages, composer)
        elif asked.task.kind == "disagreement":
            yield from self.extractor.disagree(asked, composer)
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
                yield from self.writer.write(asked, reader, judge, composer)
                if reader.passages != passages:
                    passages = reader.passages
                    yield Sources(asked.whole, passages)
            yield from self._contradict(asked, passages, judge, composer)
        if not composer.sentences and not only_orders(asked.query):
            yield from self._amend(asked, passages, judge, corrector, composer)

    def _try(
        self, asked: Asked, passages: tuple[Passage, ...], judge: Judge, composer: Composer
    ) -> Iterator[Event]:
        """Yield the answer of the way made for the question, or else of writing."""
        if asked.task.kind == "list":
            yield from self.extractor.list_items(asked, passages, judge, composer)
            return
        if asked.task.kind == "topic":
            yield from self.extractor.mention(asked, passages, composer)
        elif asked.task.kind == "verdict":
            yield from self.extractor.take_sides(asked, passages, judge, composer)
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
        yield from self.writer.read(asked, passages, judge, composer)

    def _declines(
        self, asked: Asked, judge: Judge, corrector: Corrector, composer: Composer
    ) -> bool:
        """Tell whether there can be no answer, as far as it shows before a model is asked."""
        if unknown := [name for name in self._find_unknown(asked) if not corrector.knows(name)]:
            composer.decline(unknown)
        elif only_orders(asked.query):
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
