"""The vector store: the one place that knows Chroma, embedded or as a server.

Chroma holds a vector an id, nothing else; what an id stands for is in the manifest, so an id that
the manifest does not name is invisible. Both can be made anew from the documents.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

from ingest.errors import StoreDamagedError, StoreError, StoreMismatchError
from ingest.lock import acquire_lock
from ingest.manifest import FileStamp, Manifest
from ingest.schema import Chunk, Document, SearchHit
from ingest.settings import IngestSettings
from ingest.terms import find_query_terms

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from filelock import BaseFileLock
    from numpy.typing import NDArray

INDEX: Any = {
    "space": "cosine",
    "max_neighbors": 64,
    "ef_construction": 200,
    "ef_search": 400,
}
"""With Chroma's defaults (16 links, 100) some vectors of changed indexes are reached by no search,
not even by themselves: docs/measurements.md, section Ingest, has the rates."""
WRITE_BATCH = 2000
SELF_DISTANCE = 1e-3
"""Cosine distance within which a vector counts as found; the index stores float32."""
READING = "5"
"""Raise it when files are read or split in another way: then every document is read anew."""
_UNFINISHED = "unfinished"
_COLLECTION = "collection"


class Store:
    """The manifest and the vectors of one corpus, held open by this process. Close it."""

    def __init__(self, settings: IngestSettings, *, create: bool = False) -> None:
        """Open the store. Raises StoreError, or StoreLockedError if another process has it."""
        self.settings = settings
        self.manifest = Manifest(settings.store)
        self._client: ClientAPI | None = None
        self._collection: Collection | None = None
        self._lock: BaseFileLock | None = None
        if create:
            _make_folder(settings.store)
        else:
            self.manifest.require()
        if settings.chroma_url is None:
            self._lock = acquire_lock(settings.store)
        if create:
            try:
                self.manifest.create()
            except StoreError:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files and of the lock."""
        if self._client is not None:
            from chromadb.api.client import Client

            if isinstance(self._client, Client):
                self._client.close()
            self._client = self._collection = None
        if self._lock is not None:
            self._lock.release()

    @property
    def recipe(self) -> dict[str, str]:
        """What the settings ask of every chunk; another recipe needs every document anew."""
        return {
            "embedding_model": self.settings.embedding_model,
            "chunk_tokens": str(self.settings.chunk_tokens),
            "reading": READING,
            "chroma": self.settings.chroma_url or "embedded",
        }

    def has_recipe(self) -> bool:
        """Tell whether the chunks were made by the recipe of the settings."""
        return self.manifest.facts().items() >= self.recipe.items()

    def require_model(self) -> None:
        """Raise StoreMismatchError if the vectors are another model's than the settings name."""
        made_with = self.manifest.facts().get("embedding_model")
        wanted = self.settings.embedding_model
        if made_with is not None and made_with != wanted:
            raise StoreMismatchError(
                f"The store was made with the embedding model {made_with!r}, but the settings name "
                f"{wanted!r}. Run `python -m ingest sync` to embed the documents again."
            )

    def reset(self) -> None:
        """Drop every chunk and start a collection anew by the recipe of the settings."""
        old = self.manifest.facts().get(_COLLECTION)
        with self._explained():
            client = self._connect()
            self.manifest.put_facts({_UNFINISHED: "yes"})
            self.manifest.remove()
            for found in client.list_collections():
                if found.name == old or self.settings.chroma_url is None:
                    client.delete_collection(found.name)
            self._collection = None
            self.manifest.remove_fact(_COLLECTION)
            self._open_collection()
        self.manifest.put_facts(self.recipe)

    def put(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: "Sequence[NDArray[np.float32]]",
        stamp: FileStamp,
    ) -> None:
        """Write a version of a document: vectors first, then the switch, then the old ones go.

        A vector that Chroma holds stays as it is: an update in place loosens its links, and one
        index in twelve then had a vector that no search reached.
        """
        old = set(self.manifest.chunk_ids([document.name]))
        with self._explained():
            collection = self._open_collection()
            for at in range(0, len(chunks), WRITE_BATCH):
                ids = [chunk.id for chunk in chunks[at : at + WRITE_BATCH]]
                held = set(collection.get(ids=ids, include=[])["ids"])
                new: Any = {
                    id_: vector
                    for id_, vector in zip(ids, vectors[at : at + WRITE_BATCH], strict=True)
                    if id_ not in held
                }
                if new:
                    collection.add(ids=list(new), embeddings=list(new.values()))
        self.manifest.put(document, chunks, stamp)
        self.delete_vectors(old - {chunk.id for chunk in chunks})

    def put_failed(self, name: str, error: str, stamp: FileStamp) -> None:
        """Note why a file is not in, and withdraw what was in of it."""
        old = self.manifest.chunk_ids([name])
        self.manifest.put_failed(name, error, stamp)
        self.delete_vectors(old)

    def remove(self, name: str) -> None:
        """Take out every trace of a document."""
        old = self.manifest.chunk_ids([name])
        self.manifest.remove(name)
        self.delete_vectors(old)

    def search(
        self,
        vector: "NDArray[np.float32]",
        count: int,
        documents: Sequence[str] | None = None,
    ) -> list[SearchHit]:
        """Return the `count` chunks nearest to a vector of length 1, best first.

        With `documents`, only their chunks are looked among.
        """
        among = None if documents is None else self.manifest.chunk_ids(documents)
        if among == []:
            return []
        with self._explained():
            collection = self._open_collection()
            query: Any = [vector]
            wanted = count
            while True:
                found = collection.query(
                    query_embeddings=query, ids=among, n_results=wanted, include=["distances"]
                )
                ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
                chunks = self.manifest.chunks(ids)
                if len(chunks) >= count or len(ids) < wanted:
                    break
                wanted *= 2
        hits = [
            SearchHit(chunks[id_], 1.0 - float(distance))
            for id_, distance in zip(ids, distances, strict=True)
            if id_ in chunks
        ]
        return hits[:count]

    def search_terms(
        self, text: str, count: int, documents: Sequence[str] | None = None
    ) -> list[tuple[Chunk, float]]:
        """Return the `count` chunks that share the rarest terms with a text, by BM25, best first.

        With `documents`, only their chunks are looked among.
        """
        terms = find_query_terms(text)
        scores = self.manifest.search_terms(terms, count, documents) if terms else {}
        chunks = self.manifest.chunks(list(scores))
        return [(chunks[id_], score) for id_, score in scores.items() if id_ in chunks]

    def vectors(self, ids: Sequence[str]) -> "dict[str, NDArray[np.float32]]":
        """Return the vectors of those ids that Chroma holds."""
        found: dict[str, NDArray[np.float32]] = {}
        with self._explained():
            for at in range(0, len(ids), WRITE_BATCH):
                part = list(ids[at : at + WRITE_BATCH])
                held = self._open_collection().get(ids=part, include=["embeddings"])
                vectors: Any = held["embeddings"]
                found |= dict(zip(held["ids"], vectors, strict=True))
        return found

    def stored_ids(self) -> set[str]:
        """Return every id that Chroma holds, named by the manifest or not."""
        found: set[str] = set()
        with self._explained():
            collection = self._open_collection()
            while page := collection.get(limit=WRITE_BATCH, offset=len(found), include=[])["ids"]:
                found.update(page)
        return found

    def lost_ids(self, ids: Sequence[str]) -> list[str]:
        """Return those ids whose own vector does not lead back to them."""
        lost = []
        with self._explained():
            collection = self._open_collection()
            for at in range(0, len(ids), WRITE_BATCH):
                part = list(ids[at : at + WRITE_BATCH])
                held = collection.get(ids=part, include=["embeddings"])
                vectors: Any = held["embeddings"]
                lost += sorted(set(part) - set(held["ids"]))
                if held["ids"]:
                    found = collection.query(
                        query_embeddings=vectors, n_results=1, include=["distances"]
                    )
                    distances = found["distances"] or []
                    lost += [
                        id_
                        for id_, nearest in zip(held["ids"], distances, strict=True)
                        if not nearest or nearest[0] > SELF_DISTANCE
                    ]
        return lost

    @property
    def is_unfinished(self) -> bool:
        """Tell whether a process died while it wrote, and may have left vectors over."""
        return _UNFINISHED in self.manifest.facts()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold a mark in the manifest while documents are written.

        Where a process died and left the mark, vectors that no manifest names may be left too:
        they go first.
        """
        with nullcontext(self._lock) if self._lock else acquire_lock(self.settings.store):
            if self.is_unfinished:
                self.delete_vectors(self.stored_ids() - set(self.manifest.chunk_ids()))
            self.manifest.put_facts({_UNFINISHED: "yes"})
            yield
            self.manifest.remove_fact(_UNFINISHED)

    def delete_vectors(self, ids: Iterable[str]) -> None:
        """Delete ids from Chroma; those that it does not hold are no matter."""
        rest = list(ids)
        with self._explained():
            for at in range(0, len(rest), WRITE_BATCH):
                self._open_collection().delete(ids=rest[at : at + WRITE_BATCH])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn Chroma's errors into StoreError."""
        import httpx
        from chromadb.errors import ChromaError

        try:
            yield
        except (ChromaError, httpx.HTTPError, ValueError, OSError) as error:
            reason = str(error).strip().split("\n")[0][:300]
            if self.settings.chroma_url is not None:
                help_ = f"See that {self.settings.chroma_url} answers"
            else:
                help_ = f"See that {self.settings.store} is writable and its disk has space"
            raise StoreError(
                f"Chroma failed: {reason}. {help_}, then run `python -m ingest verify`."
            ) from error

    def _open_collection(self) -> "Collection":
        if self._collection is None:
            self._collection = self._connect().get_or_create_collection(
                self._collection_name(),
                embedding_function=None,
                configuration={"hnsw": INDEX},
                metadata=self.recipe,
            )
        return self._collection

    def _collection_name(self) -> str:
        """Return a name that no other store has: a Chroma server may hold several."""
        name = self.manifest.facts().get(_COLLECTION) or f"sic-{uuid4().hex}"
        self.manifest.put_facts({_COLLECTION: name})
        return name

    def _connect(self) -> "ClientAPI":
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            settings = Settings(anonymized_telemetry=False)
            if self.settings.chroma_url is None:
                folder = str(self.settings.store / "chroma")
                try:
                    self._client = chromadb.PersistentClient(folder, settings)
                except AttributeError as error:  # raised while it clears up after the real error
                    raise OSError(str(error.__context__)) from error
            else:
                url = urlsplit(self.settings.chroma_url)
                self._client = chromadb.HttpClient(
                    url.hostname or "",
                    url.port or (443 if url.scheme == "https" else 8000),
                    ssl=url.scheme == "https",
                    settings=settings,
                )
        return self._client


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The store {folder} cannot be made: {error.strerror}. "
            "Choose another with --store or SIC_STORE."
        ) from error


def discard_store(settings: IngestSettings) -> None:
    """Delete manifest and vectors, readable or not. Raises StoreError or StoreLockedError."""
    if settings.chroma_url is not None:
        with suppress(StoreDamagedError), Store(settings, create=True) as store:
            store.reset()
            return
    from chromadb.api.shared_system_client import SharedSystemClient

    lock = acquire_lock(settings.store)
    try:
        SharedSystemClient.clear_system_cache()
        shutil.rmtree(settings.store / "chroma", ignore_errors=True)
        for file in settings.store.glob("manifest.db*"):
            file.unlink()
    except OSError as error:
        raise StoreError(
            f"The store {settings.store} cannot be deleted: {error.strerror}."
        ) from error
    finally:
        lock.release()
