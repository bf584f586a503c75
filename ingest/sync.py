"""Folder -> store: see what changed, read and embed that, take out what is gone."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embed import Embedder
from ingest.errors import LoadError, SettingsError
from ingest.folder import list_documents, require_folder, scan_folder
from ingest.load import Loader
from ingest.manifest import Entry, FileStamp
from ingest.schema import Chunk, Document
from ingest.split import split_document
from ingest.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_CHUNKS = 256
CONTEXT_TOKENS = 200
"""What is kept free of the embedder's limit for a chunk's title, headings and table header."""
CONTEXT_CHARACTERS = 400
"""The most that is embedded of them; of English text it is about half of those tokens."""
LoadEmbedder = Callable[[], Embedder]
_CORPUS = "corpus"
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync will do. `read` are files to look into, `removed` names that are gone."""

    read: tuple[tuple[str, FileStamp], ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sync did, by document name.

    `renamed` leads from the new name to the old one, and `failed` holds a reason each.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    renamed: Mapping[str, str]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: Mapping[str, str]
    chunks: int
    embedded: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was looked into: its document and chunks, or why there are none.

    Without chunks and without an error the document is in as it is.
    """

    name: str
    stamp: FileStamp
    error: str = ""
    document: Document | None = None
    chunks: Sequence[Chunk] = ()


@dataclass(frozen=True, slots=True)
class _Written:
    names: Sequence[str]
    embedded: int


def sync(
    store: Store, load_embedder: LoadEmbedder, on_progress: OnProgress = lambda *_: None
) -> Summary:
    """Make the store equal to the corpus folder.

    `load_embedder` is called only if there is something to embed; `on_progress` gets how many
    files are done, of how many, and a name. Files that cannot be read are in `Summary.failed`
    and in the manifest, and do not stop the others. Raises SicError if nothing can go on.
    """
    started = time.monotonic()
    load_embedder = cache(load_embedder)
    require_folder(store.settings.documents)
    _require_own_corpus(store)
    if not store.has_recipe():
        if store.manifest.entries():
            load_embedder()  # before anything is dropped: the settings may name no model
        store.reset()
    store.manifest.put_facts({_CORPUS: _corpus_from(store)})
    before = store.manifest.entries()
    plan = make_plan(store.settings.documents, before)
    written = _Written((), 0)
    if plan.read or plan.removed or store.is_unfinished:
        with store.writing():
            written = _apply(store, plan, before, load_embedder, on_progress)
            for name in plan.removed:
                store.remove(name)
    after = store.manifest.entries()
    renamed = _find_renamed(plan, before, after, written.names)
    fresh = [name for name in written.names if name not in renamed]
    return Summary(
        added=tuple(name for name in fresh if name not in before or before[name].error),
        updated=tuple(name for name in fresh if name in before and not before[name].error),
        renamed=renamed,
        removed=tuple(name for name in plan.removed if name not in renamed.values()),
        unchanged=tuple(
            name for name, entry in after.items() if not entry.error and name not in written.names
        ),
        failed={name: entry.error for name, entry in after.items() if entry.error},
        chunks=sum(entry.chunks for entry in after.values()),
        embedded=written.embedded,
        seconds=time.monotonic() - started,
    )


def _corpus_from(store: Store) -> str:
    """Return the way from the store to its corpus, which stays if both are moved."""
    settings = store.settings
    return os.path.relpath(settings.corpus.resolve(), settings.store.resolve())


def _require_own_corpus(store: Store) -> None:
    """Raise SettingsError if the store holds the documents of another corpus."""
    known = store.manifest.facts().get(_CORPUS)
    entries = store.manifest.entries()
    if known in (None, _corpus_from(store)) or not entries:
        return
    if entries.keys().isdisjoint(list_documents(store.settings.documents)):
        raise SettingsError(
            f"The store {store.settings.store} holds {len(entries):,} documents of another corpus "
            f"({known}, seen from it), and none of {store.settings.corpus}. Choose another store "
            "with --store, or delete that one. Nothing was changed."
        )


def count_waiting(store: Store) -> int:
    """Return how many files of the folder are new or changed, and how many are gone."""
    entries = store.manifest.entries()
    plan = make_plan(store.settings.documents, entries)
    new = [name for name, _ in plan.read if name not in entries or not entries[name].error]
    return len(new) + len(plan.removed)


def make_plan(folder: Path, known: Mapping[str, Entry]) -> Plan:
    """Compare a folder with the manifest by size and times, without reading any file."""
    read, unchanged = [], []
    seen = set()
    for name, stamp in scan_folder(folder):
        seen.add(name)
        entry = known.get(name)
        if entry and not entry.error and entry.stamp.proves_unchanged(stamp):
            unchanged.append(name)
        else:
            read.append((name, stamp))
    removed = tuple(name for name in known if name not in seen)
    return Plan(tuple(sorted(read)), removed, tuple(unchanged))


def embedding_text(document: Document, chunk: Chunk) -> str:
    """Return what is embedded for a chunk: its title and headings give it its context."""
    context = dict.fromkeys(
        [document.metadata.get("title", ""), *chunk.headings, chunk.table_header]
    )
    before = "\n".join(part for part in context if part)[:CONTEXT_CHARACTERS]
    return f"{before}\n{chunk.text}" if before else chunk.text


def _find_renamed(
    plan: Plan, before: Mapping[str, Entry], after: Mapping[str, Entry], written: Sequence[str]
) -> dict[str, str]:
    """Pair the new names with those that are gone whose files held the same bytes."""
    gone = {before[name].sha256: name for name in plan.removed if not before[name].error}
    return {
        name: gone.pop(after[name].sha256)
        for name in written
        if name not in before and after[name].sha256 in gone
    }


def _apply(
    store: Store,
    plan: Plan,
    before: Mapping[str, Entry],
    load_embedder: LoadEmbedder,
    on_progress: OnProgress,
) -> _Written:
    """Read, split, embed and write what the plan names, the next files while these embed."""
    names: list[str] = []
    embedded = done = 0
    on_progress(0, len(plan.read), plan.read[0][0] if plan.read else "")
    with ThreadPoolExecutor(max_workers=1) as pool, Loader() as loader:
        files = _read_files(store, plan, before, load_embedder, loader)
        batches = _batches(files)
        coming = pool.submit(next, batches, None)
        while batch := coming.result():
            coming = pool.submit(next, batches, None)
            ready = [read for read in batch if read.chunks]
            if ready:
                embedded += _write(store, load_embedder(), ready)
            for read in batch:
                if read.error:
                    store.put_failed(read.name, read.error, read.stamp)
                elif not read.chunks:
                    store.manifest.put_stamp(read.name, read.stamp)
            names += [read.name for read in ready]
            done += len(batch)
            on_progress(done, len(plan.read), batch[-1].name)
    return _Written(names, embedded)


def _read_files(
    store: Store,
    plan: Plan,
    before: Mapping[str, Entry],
    load_embedder: LoadEmbedder,
    loader: Loader,
) -> Iterator[_Read]:
    settings = store.settings
    for name, stamp in plan.read:
        entry = before.get(name)
        try:
            document = loader.load(settings.documents / name, name)
            same = entry and not entry.error and entry.sha256 == document.sha256
            if same and store.manifest.document(name) == document:
                yield _Read(name, stamp)
                continue
            embedder = load_embedder()
            row_limit = embedder.max_tokens - CONTEXT_TOKENS
            limit = settings.chunk_tokens
            chunks = split_document(document, embedder.count_tokens, limit, max(limit, row_limit))
        except LoadError as error:
            yield _Read(name, stamp, error=str(error))
            continue
        yield _Read(name, stamp, document=document, chunks=chunks)


def _batches(files: Iterable[_Read]) -> Iterator[list[_Read]]:
    """Group files until they have enough chunks to fill the embedder's batches."""
    batch: list[_Read] = []
    chunks = 0
    for read in files:
        batch.append(read)
        chunks += len(read.chunks)
        if chunks >= BATCH_CHUNKS or len(batch) >= BATCH_CHUNKS:
            yield batch
            batch, chunks = [], 0
    if batch:
        yield batch


def _write(store: Store, embedder: Embedder, batch: Sequence[_Read]) -> int:
    """Write documents; embed those texts, equal ones once, that are not in already.

    Return how many were embedded.
    """
    texts = [
        embedding_text(read.document, chunk)
        for read in batch
        if read.document
        for chunk in read.chunks
    ]
    vectors = _known_vectors(store, batch, set(texts))
    fresh = [text for text in dict.fromkeys(texts) if text not in vectors]
    vectors |= dict(zip(fresh, embedder.embed_documents(fresh), strict=True)) if fresh else {}
    at = 0
    for read in batch:
        assert read.document
        own = [vectors[text] for text in texts[at : at + len(read.chunks)]]
        store.put(read.document, read.chunks, own, read.stamp)
        at += len(own)
    return len(fresh)


def _known_vectors(
    store: Store, batch: Sequence[_Read], texts: set[str]
) -> "dict[str, NDArray[np.float32]]":
    """Find vectors of these texts in the documents' old versions, and in files that are equal."""
    manifest = store.manifest
    ids: dict[str, str] = {}
    for read in batch:
        assert read.document
        for name in {read.name, manifest.same_content(read.document.sha256) or read.name}:
            if document := manifest.document(name):
                held = manifest.chunks(manifest.chunk_ids([name])).values()
                ids |= {embedding_text(document, chunk): chunk.id for chunk in held}
    wanted = {text: id_ for text, id_ in ids.items() if text in texts}
    found = store.vectors(list(wanted.values()))
    return {text: found[id_] for text, id_ in wanted.items() if id_ in found}
