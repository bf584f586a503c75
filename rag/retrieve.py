"""Query -> ranked passages: dense and lexical search, fused; repetitions left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.embed import Embedder
from ingest.schema import Chunk, Document
from ingest.split import split_sentences
from ingest.store import Store
from ingest.terms import find_terms
from rag.bibliography import FUSED_LOSS, lists_sources
from rag.evidence import begins_with_reference, evidence_at
from rag.names import squeeze
from rag.rerank import RERANKED, Reranker
from rag.rows import Row, find_named_rows, find_rows, rate_row
from rag.schema import Evidence, Passage

CANDIDATES = 50
"""How many of the best each of the two searches gives to the fusion."""
MOST_WALKED = 20
MOST_POINTS = 8
"""How many documents a summary walks, and how many passages of all of them, one each at least."""
WIDENED = 1000
"""Characters before a chunk among which the sentence that it refers to is looked for."""
MOST_ROWS = 3
"""How many rows of a table are read."""
LABEL_GAIN = 0.1
"""How much nearer a table is, in similarity, of which a row has nothing but what is named."""
LEXICAL_WEIGHT = 0.4
"""The share of BM25 in the fused score; docs/measurements.md has the curve."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    chunk: Chunk
    similarity: float
    fused: float


class Retriever:
    """Finds the passages that have most to do with a query."""

    def __init__(self, store: Store, embedder: Embedder, reranker: Reranker | None = None) -> None:
        self.store = store
        self.embedder = embedder
        self.reranker = reranker

    def retrieve(
        self,
        query: str,
        count: int,
        documents: Sequence[str] | None = None,
        translation: str = "",
    ) -> tuple[Passage, ...]:
        """Return up to `count` passages, best first; none from an empty store.

        With `documents`, only these are searched; with a `translation` of the query, both are.
        """
        chosen: dict[tuple[str, ...], _Candidate] = {}
        for candidate in self._candidates(query, translation, documents):
            # One other word may make another statement, so only the same words are a repetition.
            chosen.setdefault(tuple(find_terms(candidate.chunk.text)), candidate)
            if len(chosen) == (max(count, RERANKED) if self.reranker else count):
                break
        candidates = list(chosen.values())
        if self.reranker:
            order = self.reranker.rank(query, [one.chunk.text for one in candidates])
            candidates = [candidates[at] for at in order[:count]]
        return self._passages(candidates)

    def walk(self, documents: Sequence[str] | None = None) -> tuple[Passage, ...]:
        """Return passages from all along each document, in order: the fewer, the more there are.

        A document is cut into stretches; of each it is the passage most similar to the mean of the
        document's passages. Of more than MOST_WALKED documents, the first by name are walked.
        """
        if documents is None:
            entries = self.store.manifest.entries().values()
            documents = [entry.name for entry in entries if not entry.error]
        documents = documents[:MOST_WALKED]
        count = max(1, MOST_POINTS // max(len(documents), 1))
        walked: list[_Candidate] = []
        for name in documents:
            ids = self.store.manifest.chunk_ids([name])
            held = self.store.vectors(ids)
            ids = [id_ for id_ in ids if id_ in held]
            if not ids:
                continue
            mean = np.mean([held[id_] for id_ in ids], 0)
            mean /= np.linalg.norm(mean)
            stretches = np.array_split(np.arange(len(ids)), min(count, len(ids)))
            best = [
                max((ids[at] for at in part), key=lambda id_: held[id_] @ mean)
                for part in stretches
            ]
            chunks = self.store.manifest.chunks(best)
            for id_ in best:
                near = float(held[id_] @ mean)
                walked.append(_Candidate(chunks[id_], near, near))
        return self._passages(walked)

    def find_rows(
        self, query: str, passages: Sequence[Passage]
    ) -> list[tuple[Row, Evidence, Evidence]]:
        """Return rows of one table that became lines of text, if rows have what a query names.

        Each comes with its words and those over its table as evidence.

        The tables are those of the passages' documents. The one whose rows have most of the names
        is taken, and of several that which is nearest to the query.
        """
        tables: dict[tuple[str, int], list[tuple[Row, set[str]]]] = {}
        documents: dict[str, Document] = {}
        for name in dict.fromkeys(passage.document for passage in passages):
            if document := self.store.manifest.document(name):
                documents[name] = document
                for row, names in find_named_rows(query, find_rows(document.text)):
                    tables.setdefault((name, row.over[0]), []).append((row, names))
        if not tables:
            return []
        covered = {key: set().union(*(names for _, names in rows)) for key, rows in tables.items()}
        most = max(map(len, covered.values()))
        best = [key for key, names in covered.items() if len(names) == most]
        texts = [f"{documents[name].title} {tables[name, at][0][0].header}" for name, at in best]
        nearness = self.embedder.embed_documents(texts) @ self.embed(query)
        exactness = [max(rate_row(*one) for one in tables[key]) for key in best]
        place = int((nearness + LABEL_GAIN * np.array(exactness)).argmax())
        document, rows = documents[best[place][0]], tables[best[place]]
        most = max(len(names) for _, names in rows)
        named = [row for row, names in rows if len(names) == most][:MOST_ROWS]
        return [
            (row, evidence_at(document, row.start, row.end), evidence_at(document, *row.over))
            for row in named
        ]

    def embed(self, query: str, translation: str = "") -> NDArray[np.float32]:
        """Return the vector of a query, with its translation's if there is one; of length 1."""
        texts = [query, translation] if translation else [query]
        total: NDArray[np.float32] = np.sum([self.embedder.embed_query(text) for text in texts], 0)
        return total / np.float32(np.linalg.norm(total))

    def find_unknown(
        self, words: Sequence[str], documents: Sequence[str] | None = None
    ) -> list[str]:
        """Return those words that no document has in any form."""
        return [word for word in words if not self.store.search_terms(word, 1, documents)]

    def find_naming(
        self, names: Iterable[str], documents: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """Return the documents with some of these names, which are spelt as `squeeze` does."""
        found = [
            chunk.document
            for name in names
            for chunk, _ in self.store.search_terms(name, CANDIDATES, documents)
            if name in squeeze(chunk.text)
        ]
        return tuple(dict.fromkeys(found))

    def _candidates(
        self, query: str, translation: str, documents: Sequence[str] | None
    ) -> list[_Candidate]:
        """Return what either search finds, by a weighted sum of both scores, best first.

        Each score is scaled by its best, and similarity also by its least, to 0 to 1 (Bruch, Gai
        and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023).
        """
        vector = self.embed(query, translation)
        dense = self.store.search(vector, CANDIDATES, documents)
        lexical = self.store.search_terms(f"{query} {translation}", CANDIDATES, documents)
        if not dense:
            return []
        chunks = {hit.chunk.id: hit.chunk for hit in dense} | {c.id: c for c, _ in lexical}
        similarities = {hit.chunk.id: hit.similarity for hit in dense}
        vectors = self.store.vectors([id_ for id_ in chunks if id_ not in similarities])
        similarities |= {id_: float(own @ vector) for id_, own in vectors.items()}
        nearness = _scaled(similarities, least=dense[-1].similarity)
        overlap = _scaled({chunk.id: score for chunk, score in lexical}, least=0)
        candidates = [
            _Candidate(
                chunk,
                similarities[id_],
                (1 - LEXICAL_WEIGHT) * nearness[id_]
                + LEXICAL_WEIGHT * overlap.get(id_, 0)
                - FUSED_LOSS * lists_sources(chunk.text),
            )
            for id_, chunk in chunks.items()
            if id_ in similarities
        ]
        return sorted(candidates, key=lambda candidate: -candidate.fused)

    def _passages(self, chosen: Sequence[_Candidate]) -> tuple[Passage, ...]:
        documents = {
            name: document
            for name in {candidate.chunk.document for candidate in chosen}
            if (document := self.store.manifest.document(name))
        }
        return tuple(
            Passage(
                number=number,
                document=chunk.document,
                title=document.title if document else chunk.document,
                page=chunk.page,
                start=start,
                end=chunk.end,
                text=document.text[start : chunk.end] if document else chunk.text,
                headings=chunk.headings,
                score=round(candidate.similarity, 4),
                table_header=chunk.table_header,
                date=document.metadata.get("date", "") if document else "",
            )
            for number, candidate in enumerate(chosen, 1)
            for chunk in [candidate.chunk]
            for document in [documents.get(chunk.document)]
            for start in [_widened_start(document, chunk) if document else chunk.start]
        )


def _widened_start(document: Document, chunk: Chunk) -> int:
    """Return where a chunk's passage begins: a sentence earlier if it refers to what is before.

    It stays in the chunk's paragraph, and so below its heading and on its page.
    """
    if not begins_with_reference(chunk.text):
        return chunk.start
    first = max(0, chunk.start - WIDENED)
    first = max(first, document.text.rfind("\n\n", first, chunk.start) + 2)
    *_, (start, _) = [(0, 0), *split_sentences(document.text[first : chunk.start])]
    whole = start > 0 or first < 2 or document.text[first - 2 : first] == "\n\n"
    same_page = document.page_at(first + start) == document.page_at(chunk.start)
    return first + start if whole and same_page else chunk.start


def _scaled(scores: Mapping[str, float], least: float) -> dict[str, float]:
    """Scale scores so that the best is 1 and `least` is 0."""
    span = max(scores.values(), default=1) - least
    return {id_: (score - least) / span if span > 0 else 1.0 for id_, score in scores.items()}


def number_passages(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """Return passages each once, numbered from 1 in their order."""
    once: dict[tuple[str, int], Passage] = {}
    for one in passages:
        once.setdefault((one.document, one.start), one)
    return tuple(replace(one, number=number) for number, one in enumerate(once.values(), 1))
