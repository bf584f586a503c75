"""What the page talks to: the store and the models, made ready in the background."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from ingest.embed import Embedder
from ingest.errata import ErrataReader, Registry
from ingest.errors import SicError
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import OnProgress, Summary, sync
from rag.chat_model import ChatModel
from rag.rerank import Reranker
from rag.settings import RagSettings

State = Literal["indexing", "loading", "ready", "failed"]


class Service:
    """Opens the store at once, then syncs it and loads the models in a thread of its own."""

    def __init__(self, ingest: IngestSettings, rag: RagSettings) -> None:
        """Check the settings and take the store. Raises SicError."""
        self.settings = rag
        self.chat_model = ChatModel(rag)
        self.store = Store(ingest, create=True)
        self.errata = ErrataReader(ingest, self.store.manifest)
        self.removed = ingest.store / "removed"
        """Documents that were taken out since the start, to be brought back."""
        shutil.rmtree(self.removed, ignore_errors=True)
        self.removed.mkdir()
        self.embedder: Embedder | None = None
        self.reranker: Reranker | None = None
        self.state: State = "indexing"
        self.detail = ""
        self.changing = threading.Lock()
        """Held by the one that changes the corpus or the store."""
        self._settled = threading.Event()

    def start(self) -> None:
        """Begin to make everything ready."""
        threading.Thread(target=self._prepare, name="prepare", daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the service is ready or has failed; tell whether it has come to that."""
        return self._settled.wait(seconds)

    def read_errata(self) -> Registry:
        """Return the registry of errata, or an empty one while their documents are being read."""
        return Registry() if self.state == "indexing" else self.errata.read()

    def sync(self, on_progress: OnProgress) -> Summary:
        """Make the store equal to the corpus. Raises SicError."""
        return sync(self.store, self._load_embedder, on_progress)

    def close(self) -> None:
        """End the chat model's process and let go of the store."""
        self.chat_model.close()
        self.store.close()

    def _prepare(self) -> None:
        try:
            with ThreadPoolExecutor(max_workers=1) as pool:
                warming = pool.submit(self.chat_model.warm_up)
                with self.changing:
                    self.sync(self._on_progress)
                self.state, self.detail = "loading", ""
                self._load_embedder()
                self.reranker = Reranker.named(self.settings.reranker)
                warming.exception()  # the first question tries again, and says what is wrong
            self.state = "ready"
        except SicError as error:
            self.state, self.detail = "failed", str(error)
        finally:
            if self.state != "ready" and self.state != "failed":
                self.state, self.detail = "failed", "Sic could not start; the terminal says why."
            self._settled.set()

    def _load_embedder(self) -> Embedder:
        if self.embedder is None:
            self.embedder = Embedder(self.store.settings.embedding_model)
        return self.embedder

    def _on_progress(self, done: int, total: int, name: str) -> None:
        self.detail = f"{done} of {total}" + (f": {name}" if name else "")
