"""Folder -> store: see what changed, read and embed that, take out what is gone."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.embed import Embedder
from ingest.errors import LoadError, SettingsError
from ingest.load import load_document
from ingest.manifest import Entry, FileStamp
from ingest.schema import Chunk, Document
from ingest.split import split_document
from ingest.store import Store

BATCH_CHUNKS = 256
LoadEmbedder = Callable[[], Embedder]
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync will do. `read` are files to look into, `removed` names that are gone."""

    read: tuple[tuple[str, FileStamp], ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sync did, by document name. `failed` holds a reason each."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: dict[str, str]
    chunks: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Prepared:
    document: Document
    chunks: Sequence[Chunk]
    stamp: FileStamp


def sync(
    store: Store, load_embedder: LoadEmbedder, on_progress: OnProgress = lambda *_: None
) -> Summary:
    """Make the store equal to the corpus folder.

    `load_embedder` is called only if there is something to embed; `on_progress` gets how many
    files are done, of how many, and a name. Files that cannot be read are in `Summary.failed`
    and in the manifest, and do not stop the others. Raises SicError if nothing can go on.
    """
    started = time.monotonic()
    if not store.has_recipe():
        store.reset()
    before = store.manifest.entries()
    plan = make_plan(store.settings.documents, before)
    written: list[str] = []
    if plan.read or plan.removed:
        with store.writing():
            for name in plan.removed:
                store.remove(name)
            written = _apply(store, plan, before, load_embedder, on_progress)
    after = store.manifest.entries()
    return Summary(
        added=tuple(name for name in written if name not in before or before[name].error),
        updated=tuple(name for name in written if name in before and not before[name].error),
        removed=plan.removed,
        unchanged=tuple(
            name for name, entry in after.items() if not entry.error and name not in written
        ),
        failed={name: entry.error for name, entry in after.items() if entry.error},
        chunks=sum(entry.chunks for entry in after.values()),
        seconds=time.monotonic() - started,
    )


def make_plan(folder: Path, known: dict[str, Entry]) -> Plan:
    """Compare a folder with the manifest by size and times, without reading any file."""
    require_folder(folder)
    read, unchanged = [], []
    seen = set()
    for name, stamp in _scan(folder, ""):
        seen.add(name)
        entry = known.get(name)
        if entry and not entry.error and entry.stamp.proves_unchanged(stamp):
            unchanged.append(name)
        else:
            read.append((name, stamp))
    removed = tuple(name for name in known if name not in seen)
    return Plan(tuple(sorted(read)), removed, tuple(unchanged))


def require_folder(folder: Path) -> None:
    """Raise SettingsError if there is no such folder of documents."""
    if not folder.is_dir():
        raise SettingsError(
            f"There is no folder {folder}. Make it and put documents there, or choose another "
            "corpus with --corpus or SIC_CORPUS."
        )


def list_documents(folder: Path) -> list[str]:
    """Return the names of the files below a folder of documents. Raises SettingsError."""
    require_folder(folder)
    return [name for name, _ in _scan(folder, "")]


def _scan(folder: Path, prefix: str) -> Iterator[tuple[str, FileStamp]]:
    """Yield the name and stamp of every file below a folder, hidden ones left out."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                name = prefix + _readable(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    yield from _scan(Path(entry.path), name + "/")
                    continue
                status = entry.stat(follow_symlinks=False)
                yield (
                    name,
                    FileStamp(
                        status.st_size, status.st_mtime_ns, status.st_ctime_ns, time.time_ns()
                    ),
                )
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be listed: {error.strerror}. Nothing was changed."
        ) from error


def _readable(name: str) -> str:
    """Return a file's name as text; bytes that are not UTF-8 become the replacement character."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _apply(
    store: Store,
    plan: Plan,
    before: dict[str, Entry],
    load_embedder: LoadEmbedder,
    on_progress: OnProgress,
) -> list[str]:
    """Read, split, embed and write what the plan names; return the documents written."""
    written: list[str] = []
    waiting: list[_Prepared] = []
    embedder: Embedder | None = None
    for done, (name, stamp) in enumerate(plan.read):
        on_progress(done, len(plan.read), name)
        try:
            document = load_document(store.settings.documents / name, name)
            entry = before.get(name)
            if entry and not entry.error and entry.sha256 == document.sha256:
                store.manifest.put_stamp(name, stamp)
                continue
            embedder = embedder or load_embedder()
            chunks = split_document(document, embedder.count_tokens, store.settings.chunk_tokens)
        except LoadError as error:
            store.put_failed(name, str(error), stamp)
            continue
        waiting.append(_Prepared(document, chunks, stamp))
        written.append(name)
        if sum(len(prepared.chunks) for prepared in waiting) >= BATCH_CHUNKS:
            _write(store, embedder, waiting)
            waiting.clear()
    if embedder and waiting:
        _write(store, embedder, waiting)
    on_progress(len(plan.read), len(plan.read), "")
    return written


def _write(store: Store, embedder: Embedder, prepared: Sequence[_Prepared]) -> None:
    """Embed the chunks of several documents at once, equal ones once, and write each document."""
    texts = [embedding_text(one.document, chunk) for one in prepared for chunk in one.chunks]
    rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    vectors = embedder.embed_documents(list(rows))[[rows[text] for text in texts]]
    at = 0
    for one in prepared:
        count = len(one.chunks)
        store.put(one.document, one.chunks, vectors[at : at + count], one.stamp)
        at += count


def embedding_text(document: Document, chunk: Chunk) -> str:
    """Return what is embedded for a chunk: its title and headings give it its context."""
    context = dict.fromkeys([document.metadata.get("title", ""), *chunk.headings])
    return "\n".join([part for part in context if part] + [chunk.text])
