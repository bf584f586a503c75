"""What is measured: corpora made ready, and the models, which are loaded when first needed."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from evals.corpus import CorpusDocuments
from evals.run import Subject
from ingest.embed import Embedder
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import OnProgress, sync
from rag.chain import Chain
from rag.chat_model import ChatModel
from rag.retrieve import Retriever
from rag.schema import Answer, Question
from rag.settings import RagSettings


class Laboratory:
    """Opens one corpus after another with the same models. A run that asks nothing loads none."""

    def __init__(self, ingest: IngestSettings, rag: RagSettings) -> None:
        """Check the settings. Raises SettingsError."""
        self._ingest = ingest
        self._rag = rag
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self.chat_model = ChatModel(rag)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.chat_model.close()

    @contextmanager
    def open(self, corpus: Path, on_progress: OnProgress) -> Iterator[Subject]:
        """Sync a corpus and yield it, ready to be asked. Raises SicError."""
        settings = self.settings_for(corpus)
        with Store(settings, create=True) as store:
            sync(store, self.embedder, on_progress)
            entries = store.manifest.entries()
            ready = [name for name, entry in entries.items() if not entry.error]
            circumstances: dict[str, Any] = {
                "corpus": {name: entries[name].sha256 for name in ready},
                "recipe": store.recipe,
                "settings": asdict(self._rag),
                "model": self.chat_model.name,
            }

            def ask(question: Question) -> Answer:
                retriever = Retriever(store, self.embedder())
                return Chain(retriever, self.chat_model, self._rag).invoke(question)

            yield Subject(ask, CorpusDocuments(corpus), circumstances, lambda: self.chat_model.pid)

    def settings_for(self, corpus: Path) -> IngestSettings:
        """Return the settings of a corpus: its own store, unless it is that of the settings."""
        if corpus.resolve() == self._ingest.corpus.resolve():
            return self._ingest
        name = hashlib.sha256(str(corpus.resolve()).encode()).hexdigest()[:12]
        store = self._ingest.store / "evals" / "corpora" / name
        return replace(self._ingest, corpus=corpus, store=store, chroma_url=None)

    def embedder(self) -> Embedder:
        """Return the embedding model, loaded once."""
        with self._lock:
            if self._embedder is None:
                self._embedder = Embedder(self._ingest.embedding_model)
            return self._embedder
