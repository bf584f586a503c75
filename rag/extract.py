"""Passages -> points in the documents' own sentences, where more than one is asked for.

a summary                      the sentence that says most of each passage
a list                         the sentences that answer by themselves
what is said of a topic        the sentences that name it
good or bad, high or low       the sentence of each document that answers
what documents disagree about  the sentences that an audit lays side by side
"""

from collections.abc import Iterator, Sequence

from ingest.schema import Chunk
from ingest.terms import FUNCTION_WORDS, find_terms, is_same_word
from rag.audit import audit
from rag.chat_model import ChatModel
from rag.compose import Composer
from rag.evidence import (
    COLONS,
    begins_with_reference,
    evidence_at,
    key_sentences,
    nearest_sentences,
)
from rag.judge import LEAST_LISTED, Judge
from rag.prompts import tell_messages
from rag.question import is_written_in
from rag.retrieve import Retriever
from rag.schema import Evidence, Passage, Text
from rag.task import Asked
from rag.verify import Draft, Verifier, keep_to_subject

LEAST_SAME = 0.85
"""Cosine similarity from which a translated sentence is taken to say the same."""
MOST_AUDITED = 50
MOST_DISAGREEMENTS = 6
"""How many documents are compared for what they disagree about, and how many places are shown."""
LIST_SENTENCES = 10
"""How many of the nearest sentences are examined for a list."""
TOPIC_SENTENCES = 6
"""The most that is told of a topic."""
TOPIC_SENTENCES_OF = 60
"""The nearest sentences, of which those that name it are taken."""
MOST_SIDES = 3
SIDE_SENTENCES = 3
"""How many documents are asked for a verdict, and how many of the nearest sentences of each."""


class Extractor:
    """Answers in points, each a sentence of a document. Threads may share it."""

    def __init__(self, retriever: Retriever, chat_model: ChatModel) -> None:
        self.retriever = retriever
        self.chat_model = chat_model

    def summarise(
        self, asked: Asked, passages: Sequence[Passage], composer: Composer
    ) -> Iterator[Text]:
        """Yield the sentence that says most of each passage, behind its title if there are more."""
        several = len({passage.document for passage in passages}) > 1
        for item in key_sentences(passages, self.retriever.embedder):
            title = item.passage.title if several else ""
            yield from composer.point(self._say(asked, item), item, title)

    def disagree(self, asked: Asked, composer: Composer) -> Iterator[Text]:
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

    def list_items(
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

    def mention(
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

    def take_sides(
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


def _names_all(wanted: set[str], text: str) -> bool:
    """Tell whether a text has each of some terms, in any form."""
    known = set(find_terms(text))
    return all(any(is_same_word(term, one) for one in known) for term in wanted)
