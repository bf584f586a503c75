"""Speed and memory, as ratios within one run against the raw limit and the plain pipeline.

The plain pipeline is LangChain's tutorial: recursive splitter 1000/200, Chroma, four passages,
one stuffed prompt; with the same models over the same documents.
"""

import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter, ValidationError

from evals.errors import ReportError
from evals.machine import peak_mib
from evals.report import write_file
from ingest.embed import Embedder
from ingest.errors import SettingsError
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import embedding_text, sync
from rag.chat_model import ChatModel
from rag.settings import RagSettings

if TYPE_CHECKING:
    from langchain_chroma import Chroma
    from langchain_core.messages import BaseMessage

Result = TypeVar("Result")

EMPTY_SYNC_FILES = 10_000
RETRIEVAL_REPEATS = 20
PLAIN_PROMPT = (
    "Use the following pieces of retrieved context to answer the question. If you don't know the "
    "answer, say that you don't know. Keep the answer concise.\n\n{context}\n\nQuestion: {question}"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `of` names what it is a part or a multiple of, if it is a ratio."""

    name: str
    value: float
    unit: str
    of: str = ""


def describe_figure(figure: Figure, earlier: Sequence[Figure]) -> str:
    """Return a figure as a line, with what it was in an earlier report, if it was."""
    of = f" of {figure.of}" if figure.of else ""
    line = f"{figure.name:45} {figure.value:10.2f} {figure.unit}{of}"
    same = [old for old in earlier if (old.name, old.of) == (figure.name, figure.of)]
    if not same or not same[0].value:
        return line
    return f"{line}  (was {same[0].value:.2f}, now {figure.value / same[0].value:.2f} of it)"


def write_figures(figures: Sequence[Figure], path: Path) -> None:
    """Write figures as JSON. Raises ReportError."""
    write_file(path, json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")


def read_figures(path: Path) -> list[Figure]:
    """Read what `write_figures` wrote. Raises ReportError."""
    try:
        return TypeAdapter(list[Figure]).validate_json(path.read_bytes())
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise ReportError(f"{path} is not a report of `python -m evals bench`.") from error


def bench_sync(ingest: IngestSettings) -> Iterator[Figure]:
    """Yield the figures of syncing alone. Nothing else should run on the machine."""
    embedder = Embedder(ingest.embedding_model)
    embedder.embed_documents(["warm up"])
    with TemporaryDirectory() as folder:
        scratch = Path(folder)
        with Store(_scratch(ingest, scratch / "ours"), create=True) as store:
            yield from _bench_sync(store, embedder, scratch / "plain")
        yield from _bench_unchanged(scratch)


def bench(ingest: IngestSettings, rag: RagSettings, questions: Sequence[str]) -> Iterator[Figure]:
    """Yield the figures as they are measured. Nothing else should run on the machine."""
    if not questions:
        raise SettingsError("There is nothing to ask: give questions with --questions FILE.")
    started = time.monotonic()
    embedder = Embedder(ingest.embedding_model)
    chat_model = ChatModel(rag)
    chat_model.connect()
    embedder.embed_documents(["warm up"])
    yield Figure("models loaded, from the command", time.monotonic() - started, "s")
    try:
        with TemporaryDirectory() as folder:
            scratch = Path(folder)
            with Store(_scratch(ingest, scratch / "ours"), create=True) as store:
                plain = yield from _bench_sync(store, embedder, scratch / "plain")
                yield from _bench_retrieval(store, embedder)
                yield from _bench_answers(store, embedder, chat_model, rag, plain, questions)
            yield from _bench_unchanged(scratch)
        yield from _memory(chat_model)
    finally:
        chat_model.close()


def _scratch(ingest: IngestSettings, store: Path) -> IngestSettings:
    return IngestSettings(ingest.corpus, store, ingest.embedding_model, None, ingest.chunk_tokens)


def _bench_sync(
    store: Store, embedder: Embedder, folder: Path
) -> Generator[Figure, None, "Chroma"]:
    """Time a first sync, with its pace by quarters, against raw embedder and plain pipeline.

    Return the plain pipeline's store.
    """
    started = time.monotonic()
    quarters = [(0, 0.0, 0)]

    def watch(done: int, total: int, _: str) -> None:
        if done * 4 >= total * len(quarters):
            chunks = len(store.manifest.chunk_ids())
            quarters.append((chunks, time.monotonic() - started, peak_mib()))

    summary = sync(store, lambda: embedder, watch)
    if summary.failed:
        raise SettingsError(f"{len(summary.failed)} files cannot be read; see `ingest sync`.")
    yield Figure("sync", summary.chunks / summary.seconds, "chunks/s")
    for (before, from_, _), (chunks, until, memory) in pairwise(quarters):
        upto = f"up to chunk {chunks:,}"
        yield Figure(f"sync, {upto}", (chunks - before) / (until - from_), "chunks/s")
        yield Figure(f"peak memory, {upto}", memory, "MiB")
    texts = dict.fromkeys(_embedded_texts(store))
    raw, _ = _timed(lambda: embedder.embed_documents(list(texts)))
    yield Figure("raw embedder", len(texts) / raw, "chunks/s")
    yield Figure(
        "sync throughput", raw / summary.seconds, "x", "the raw embedder on the same chunks"
    )
    seconds, plain = _timed(lambda: plain_store(store, embedder, folder))
    yield Figure(
        "sync throughput", seconds / summary.seconds, "x", "the plain pipeline on the same texts"
    )
    return plain


def _embedded_texts(store: Store) -> Iterator[str]:
    for name in store.manifest.entries():
        document = store.manifest.document(name)
        if document is not None:
            chunks = store.manifest.chunks(store.manifest.chunk_ids([name])).values()
            yield from (embedding_text(document, chunk) for chunk in chunks)


def _bench_retrieval(store: Store, embedder: Embedder) -> Iterator[Figure]:
    from rag.retrieve import Retriever

    retriever = Retriever(store, embedder)
    query = "How much is it, and of what?"
    vector = embedder.embed_query(query)
    embedding = _median_of(lambda: embedder.embed_query(query))
    searching = _median_of(lambda: store.search(vector, 5))
    retrieving = _median_of(lambda: retriever.retrieve(query, 5))
    yield Figure("retrieval", 1000 * retrieving, "ms")
    yield Figure("retrieval", retrieving / (embedding + searching), "x", "embedding + search")


def _bench_answers(
    store: Store,
    embedder: Embedder,
    chat_model: ChatModel,
    rag: RagSettings,
    plain: "Chroma",
    questions: Sequence[str],
) -> Iterator[Figure]:
    """Ask each question of both pipelines in turn; both read it for the first time."""
    from rag.chain import Chain
    from rag.retrieve import Retriever
    from rag.schema import Question

    chain = Chain(Retriever(store, embedder), chat_model, rag)
    ours_first, ours_whole, plain_first, plain_whole, sources = [], [], [], [], []
    for question in questions:
        answer = chain.invoke(Question(question))
        sources.append(answer.timings["retrieve_ms"] / 1000)
        ours_whole.append(answer.timings["total_ms"] / 1000)
        ours_first.append(answer.timings.get("first_token_ms", answer.timings["total_ms"]) / 1000)
        first, whole = _ask_plain(plain, chat_model, question, rag.answer_tokens)
        plain_first.append(first)
        plain_whole.append(whole)
    for name, ours, theirs in [
        ("first words", ours_first, plain_first),
        ("whole answer", ours_whole, plain_whole),
    ]:
        yield Figure(f"{name}, median", median(ours), "s")
        yield Figure(f"{name}, longest", max(ours), "s")
        yield Figure(f"{name} of the plain pipeline, median", median(theirs), "s")
        yield Figure(f"{name}, median", median(ours) / median(theirs), "x", "the plain pipeline")
    yield Figure("sources, median", median(sources), "s")


def _bench_unchanged(scratch: Path) -> Iterator[Figure]:
    """Time the sync of a large folder in which nothing changed."""
    from ingest.manifest import FileStamp
    from ingest.schema import Chunk, Document

    documents = scratch / "many" / "documents"
    documents.mkdir(parents=True)
    with Store(IngestSettings(documents.parent, scratch / "many-store"), create=True) as store:
        store.manifest.put_facts(store.recipe)
        for number in range(EMPTY_SYNC_FILES):
            name = f"{number}.txt"
            path = documents / name
            path.write_text("Text.")
            status = path.stat()
            stamp = FileStamp(5, status.st_mtime_ns, status.st_ctime_ns, time.time_ns() + 10**9)
            chunk = Chunk(f"{number}", name, "Text.", 0, 5)
            store.manifest.put(Document(name, "Text.", f"{number}"), [chunk], stamp)
        seconds, summary = _timed(lambda: sync(store, lambda: Embedder("none")))
    if len(summary.unchanged) != EMPTY_SYNC_FILES:
        raise SettingsError("The scratch folder changed while it was measured.")
    yield Figure(f"sync of {EMPTY_SYNC_FILES:,} unchanged files", seconds, "s")


def _memory(chat_model: ChatModel) -> Iterator[Figure]:
    yield Figure("peak memory, application", peak_mib(), "MiB")
    if chat_model.pid is not None and (peak := peak_mib(chat_model.pid)):
        yield Figure("peak memory, chat model", peak, "MiB")


def plain_store(store: Store, embedder: Embedder, folder: Path) -> "Chroma":
    """Return the documents of a store as the plain pipeline splits and holds them."""
    from langchain_chroma import Chroma
    from langchain_core.documents import Document as LangChainDocument
    from langchain_core.embeddings import Embeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    class SameModel(Embeddings):
        """The same model, so that only the pipelines differ."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [vector.tolist() for vector in embedder.embed_documents(texts)]

        def embed_query(self, text: str) -> list[float]:
            return list(map(float, embedder.embed_query(text)))

    documents = [
        LangChainDocument(document.text, metadata={"source": name})
        for name in store.manifest.entries()
        if (document := store.manifest.document(name))
    ]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    return Chroma.from_documents(
        splitter.split_documents(documents), SameModel(), persist_directory=str(folder)
    )


def _ask_plain(
    plain: "Chroma", chat_model: ChatModel, question: str, most_tokens: int
) -> tuple[float, float]:
    """Return the seconds to the first token and to the end."""
    from langchain_core.messages import HumanMessage

    started = time.monotonic()
    found = plain.similarity_search(question, k=4)
    context = "\n\n".join(document.page_content for document in found)
    prompt = PLAIN_PROMPT.format(context=context, question=question)
    messages: list[BaseMessage] = [HumanMessage(prompt)]
    first = 0.0
    for _ in chat_model.write(messages, most_tokens):
        first = first or time.monotonic() - started
    return first, time.monotonic() - started


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.monotonic()
    result = work()
    return time.monotonic() - started, result


def _median_of(work: Callable[[], object]) -> float:
    work()
    return median(_timed(work)[0] for _ in range(RETRIEVAL_REPEATS))
