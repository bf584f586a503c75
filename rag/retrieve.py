"""Query -> ranked passages."""

from collections.abc import Sequence

from ingest.embed import Embedder
from ingest.store import Store
from rag.schema import Passage


class Retriever:
    """Finds the passages nearest in meaning to a query."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self.store = store
        self.embedder = embedder

    def retrieve(
        self, query: str, count: int, documents: Sequence[str] | None = None
    ) -> tuple[Passage, ...]:
        """Return up to `count` passages, best first; none from an empty store.

        With `documents`, only these are searched.
        """
        hits = self.store.search(self.embedder.embed_query(query), count, documents)
        titles = {
            name: document.title
            for name in {hit.chunk.document for hit in hits}
            if (document := self.store.manifest.document(name))
        }
        return tuple(
            Passage(
                number=number,
                document=hit.chunk.document,
                title=titles.get(hit.chunk.document, hit.chunk.document),
                page=hit.chunk.page,
                start=hit.chunk.start,
                end=hit.chunk.end,
                text=hit.chunk.text,
                headings=hit.chunk.headings,
                score=round(hit.similarity, 4),
                table_header=hit.chunk.table_header,
            )
            for number, hit in enumerate(hits, 1)
        )
