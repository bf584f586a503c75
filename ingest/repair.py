"""Rebuild what verify finds broken, from the documents."""

from dataclasses import dataclass
from functools import cache

from ingest.errors import StoreDamagedError, StoreError
from ingest.settings import IngestSettings
from ingest.store import Store, discard_store
from ingest.sync import LoadEmbedder, OnProgress, Summary, sync
from ingest.verify import Differences, verify


@dataclass(frozen=True, slots=True)
class Repair:
    """What was found, what was done about it, and what is still wrong, which should be nothing.

    `anew` tells that the whole store had to be made anew; `found` is nothing where it could not
    even be looked through.
    """

    found: Differences | None
    anew: bool
    summary: Summary
    left: Differences


def repair(
    settings: IngestSettings, load_embedder: LoadEmbedder, on_progress: OnProgress = lambda *_: None
) -> Repair:
    """Make a store whole: the broken documents anew, or everything if that is not enough.

    Raises SicError if the documents cannot be read or the store cannot be written.
    """
    load_embedder = cache(load_embedder)
    load_embedder()  # before anything is dropped: the settings may name no model
    found = _look_through(settings)
    if found is not None:
        with Store(settings) as store:
            _forget_broken(store, found)
            summary = sync(store, load_embedder, on_progress)
            left = verify(store)
        if not left:
            return Repair(found, anew=False, summary=summary, left=left)
    discard_store(settings)
    with Store(settings, create=True) as store:
        summary = sync(store, load_embedder, on_progress)
        return Repair(found, anew=True, summary=summary, left=verify(store))


def _look_through(settings: IngestSettings) -> Differences | None:
    """Verify the store; return nothing if it cannot be read to the end."""
    try:
        store = Store(settings, create=True)
    except StoreDamagedError:
        return None
    with store:
        try:
            return verify(store)
        except StoreError:
            return None


def _forget_broken(store: Store, found: Differences) -> None:
    """Take out what is broken, so that the next sync reads it anew."""
    chunks = store.manifest.chunks([*found.missing, *found.lost]).values()
    for name in {chunk.document for chunk in chunks} | {*found.misquoted, *found.outdated}:
        store.remove(name)
    store.delete_vectors(found.orphans)
