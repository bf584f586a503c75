"""What is measured: corpora made ready, and the models, which are loaded when first needed."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from evals.corpus import CorpusDocuments
from evals.retrieval import Relevances, judge_ranking, measure_rankings
from evals.run import Subject, search_scope
from evals.schema import Suite
from evals.statistics import Estimate, estimate
from ingest.embed import Embedder
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import OnProgress, sync
from rag.chain import Chain
from rag.chat_model import ChatModel
from rag.rerank import Reranker
from rag.retrieve import Retriever
from rag.schema import Answer, Question
from rag.settings import RagSettings


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


class Laboratory:
    """Opens one corpus after another with the same models. A run that asks nothing loads none.

    It may be lent what another has open: a retriever over the settings' store, and a chat model.
    """

    def __init__(
        self,
        ingest: IngestSettings,
        rag: RagSettings,
        lent: tuple[Retriever, ChatModel] | None = None,
    ) -> None:
        """Check the settings. Raises SettingsError."""
        self._ingest = ingest
        self._rag = rag
        self._lock = threading.Lock()
        self._lent = lent
        self._embedder: Embedder | None = lent[0].embedder if lent else None
        self._reranker: Reranker | None = lent[0].reranker if lent else None
        self.chat_model = lent[1] if lent else ChatModel(rag)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._lent is None:
            self.chat_model.close()

    @contextmanager
    def open(self, corpus: Path, on_progress: OnProgress) -> Iterator[Subject]:
        """Sync a corpus and yield it, ready to be asked. Raises SicError."""
        settings = self.settings_for(corpus)
        with self._open_store(settings, on_progress) as store:
            entries = store.manifest.entries()
            ready = [name for name, entry in entries.items() if not entry.error]
            circumstances: dict[str, Any] = {
                "errata": _hash(settings.errata),
                "corpus": {name: [entries[name].sha256, entries[name].title] for name in ready},
                "recipe": store.recipe,
                "settings": asdict(self._rag),
                "model": self.chat_model.name,
            }

            def ask(question: Question) -> Answer:
                retriever = Retriever(store, self.embedder(), self.reranker())
                return Chain(retriever, self.chat_model, self._rag).invoke(question)

            yield Subject(
                ask,
                CorpusDocuments(corpus),
                circumstances,
                lambda: self.chat_model.pid,
                self._rag.passages,
            )

    @contextmanager
    def _open_store(self, settings: IngestSettings, on_progress: OnProgress) -> Iterator[Store]:
        """Yield the store of a corpus, synced, unless it is lent."""
        if self._lent and settings is self._ingest:
            yield self._lent[0].store
            return
        with Store(settings, create=True) as store:
            sync(store, self.embedder, on_progress)
            yield store

    def measure_retrieval(
        self, corpus: Path, suites: Sequence[Suite], depth: int, on_progress: OnProgress
    ) -> tuple[Estimate, ...]:
        """Search for every case that expects citations, and return the measures' means."""
        documents = CorpusDocuments(corpus)
        rankings: dict[str, Relevances] = {}
        with Store(self.settings_for(corpus), create=True) as store:
            sync(store, self.embedder, on_progress)
            retriever = Retriever(store, self.embedder(), self.reranker())
            for suite in suites:
                for case in suite.cases:
                    if case.expect.cites and not case.history:
                        scope = search_scope(case, documents)
                        passages = retriever.retrieve(case.question, depth, scope)
                        found = judge_ranking(case, passages, documents)
                        if found is not None:
                            rankings[f"{suite.name}/{case.id}"] = found
        measured = measure_rankings(rankings, depth).values()
        names = dict.fromkeys(name for measures in measured for name in measures)
        means = (estimate(name, [measures[name] for measures in measured]) for name in names)
        return tuple(mean for mean in means if mean)

    def settings_for(self, corpus: Path) -> IngestSettings:
        """Return the settings of a corpus: its own store, unless it is that of the settings."""
        if corpus.resolve() == self._ingest.corpus.resolve():
            return self._ingest
        name = hashlib.sha256(str(corpus.resolve()).encode()).hexdigest()[:12]
        store = self._ingest.store / "evals" / "corpora" / name
        return replace(self._ingest, corpus=corpus, store=store, chroma_url=None)

    def reranker(self) -> Reranker | None:
        """Return the reranker of the settings, loaded once, if there is one."""
        with self._lock:
            if self._reranker is None:
                self._reranker = Reranker.named(self._rag.reranker)
            return self._reranker

    def embedder(self) -> Embedder:
        """Return the embedding model, loaded once."""
        with self._lock:
            if self._embedder is None:
                self._embedder = Embedder(self._ingest.embedding_model)
            return self._embedder
