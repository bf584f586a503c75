"""What the page talks to: the store and the models, made ready in the background."""

import shutil
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Literal

from ingest.embed import Embedder
from ingest.errata import ErrataReader, Registry
from ingest.errors import SicError
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import OnProgress, Summary, sync
from rag.cancel import Cancellation
from rag.chain import Chain
from rag.chat_model import ChatModel
from rag.errors import CancelledError
from rag.rerank import Reranker
from rag.retrieve import Retriever
from rag.schema import Answer, Done, Event, Question, Text
from rag.settings import RagSettings
from ui.accounts import OWNER, User
from ui.conversations import Conversations
from ui.metrics import Metrics

AT_ONCE = 2
"""Questions that are answered at once; more would make each slower."""
MOST_WAITING = 32
A_MINUTE = 30
"""Questions that a user may ask in a minute."""

LOOK_SECONDS = 0.5
"""How often one who waits for a turn looks whether its listener is still there."""

State = Literal["indexing", "loading", "ready", "failed"]


class BusyError(SicError):
    """There is too much to do now: the same question may be asked later."""


class Service:
    """Opens the store at once, then syncs it and loads the models in a thread of its own."""

    def __init__(
        self, ingest: IngestSettings, rag: RagSettings, *, log_questions: bool = False
    ) -> None:
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
        self.drawing = threading.Lock()
        """Held while a page is drawn: by one process at a time."""
        self.metrics = Metrics(log_questions=log_questions)
        self.conversations = Conversations(ingest.store)
        self._settled = threading.Event()
        self._rehearsal = Cancellation()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._waiting = 0
        self._asked: dict[str, deque[float]] = {}
        self._listeners: dict[str, set[Cancellation]] = {}
        self._counting = threading.Lock()

    def start(self) -> None:
        """Begin to make everything ready."""
        threading.Thread(target=self._prepare, name="prepare", daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the service is ready or has failed; tell whether it has come to that."""
        return self._settled.wait(seconds)

    def settle(self, listener: str) -> None:
        """Wait as `wait` does. Raises CancelledError once the listener hangs up."""
        with self._listened(listener) as cancellation:
            while not self.wait(LOOK_SECONDS):
                cancellation.require()

    def retriever(self) -> Retriever:
        """Return what searches the documents. Raises SicError if it is not ready."""
        if self.embedder is None or self.state != "ready":
            raise BusyError(self.detail or "Sic is getting ready. Ask again in a moment.")
        return Retriever(self.store, self.embedder, self.reranker)

    def events(self, question: Question, user: User = OWNER, listener: str = "") -> Iterator[Event]:
        """Yield what happens on the way to an answer. Raises SicError.

        Closing the iterator stops the model; so does `hang_up` of the listener, at once.
        """
        self._rehearsal.cancel()
        with self._listened(listener) as cancellation, self._turn(user, cancellation):
            started, first, outcome = time.monotonic(), None, "stopped"
            try:
                for event in cancellation.guard(self._answer(question)):
                    match event:
                        case Text():
                            first = first or time.monotonic()
                        case Done(answer):
                            outcome = "abstained" if answer.abstained else "answered"
                    yield event
            except CancelledError:
                raise
            except SicError:
                outcome = "failed"
                raise
            finally:
                self.metrics.note_answer(question.text, outcome, started, first, user.name)

    def ask(self, question: Question, user: User = OWNER, listener: str = "") -> Answer:
        """Answer a question. Raises SicError."""
        *_, last = self.events(question, user, listener)
        assert isinstance(last, Done)
        return last.answer

    def hang_up(self, listener: str) -> None:
        """Cut off the answers that a listener waited for."""
        with self._counting:
            waited = list(self._listeners.get(listener, ()))
        for cancellation in waited:
            cancellation.cancel()

    @contextmanager
    def _listened(self, listener: str) -> Iterator[Cancellation]:
        """Note that a listener waits for an answer, while it does."""
        cancellation = Cancellation()
        with self._counting:
            self._listeners.setdefault(listener, set()).add(cancellation)
        try:
            yield cancellation
        finally:
            with self._counting:
                waited = self._listeners[listener]
                waited.discard(cancellation)
                if not waited:
                    del self._listeners[listener]

    def _answer(self, question: Question) -> Iterator[Event]:
        return Chain(self.retriever(), self.chat_model, self.settings).events(question)

    @contextmanager
    def _turn(self, user: User, cancellation: Cancellation) -> Iterator[None]:
        """Wait for a turn to ask. Raises BusyError at once if there are too many before."""
        with self._counting:
            if user.name:
                self._require_pace(user)
            if self._waiting >= MOST_WAITING:
                raise BusyError("Many are asking now. Ask again in a minute.")
            self._waiting += 1
            self.metrics.waiting.set(self._waiting)
        try:
            while not self._turns.acquire(timeout=LOOK_SECONDS):
                cancellation.require()
        finally:
            with self._counting:
                self._waiting -= 1
                self.metrics.waiting.set(self._waiting)
        try:
            with self.metrics.asking.track_inprogress():
                yield
        finally:
            self._turns.release()

    def _require_pace(self, user: User) -> None:
        """Note that a user asks. Raises BusyError if that is too often."""
        now = time.monotonic()
        asked = self._asked.setdefault(user.name, deque())
        while asked and now - asked[0] > 60:
            asked.popleft()
        if len(asked) >= A_MINUTE:
            wait = round(60 - (now - asked[0])) + 1
            raise BusyError(f"You asked {A_MINUTE} questions in a minute. Wait {wait} s.")
        asked.append(now)

    def read_errata(self) -> Registry:
        """Return the registry of errata, or an empty one while their documents are being read."""
        return Registry() if self.state == "indexing" else self.errata.read()

    def sync(self, on_progress: OnProgress) -> Summary:
        """Make the store equal to the corpus. Raises SicError."""
        return sync(self.store, self._load_embedder, on_progress)

    def close(self) -> None:
        """End the chat model's process and let go of the store."""
        self._rehearsal.cancel()
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
        if self.state == "ready":
            self._rehearse()

    def _rehearse(self) -> None:
        """Let the model read ahead until the first question comes, which tells if it fails."""
        with suppress(SicError):
            for _ in self._rehearsal.guard(self.chat_model.rehearse()):
                pass

    def _load_embedder(self) -> Embedder:
        if self.embedder is None:
            self.embedder = Embedder(self.store.settings.embedding_model)
        return self.embedder

    def _on_progress(self, done: int, total: int, name: str) -> None:
        self.detail = f"{done} of {total}" + (f": {name}" if name else "")
