"""Check that manifest, vectors and chunks agree, by looking for each chunk."""

from dataclasses import asdict, dataclass

from ingest.store import Store


@dataclass(frozen=True, slots=True)
class Differences:
    """Chunk ids by what is wrong with them, and documents whose chunks do not quote them."""

    missing: tuple[str, ...]
    """In the manifest, not in Chroma."""
    orphans: tuple[str, ...]
    """In Chroma, not in the manifest."""
    lost: tuple[str, ...]
    """In both, but not found by its own vector."""
    misquoted: tuple[str, ...]
    """Documents with a chunk that is not `text[start:end]`."""

    def __bool__(self) -> bool:
        return any(asdict(self).values())


def verify(store: Store) -> Differences:
    """Compare the manifest with the vectors, and each chunk with its document."""
    named = store.manifest.chunk_ids()
    stored = store.stored_ids()
    present = [id_ for id_ in named if id_ in stored]
    return Differences(
        missing=tuple(id_ for id_ in named if id_ not in stored),
        orphans=tuple(sorted(stored - set(named))),
        lost=tuple(store.lost_ids(present)),
        misquoted=tuple(name for name in store.manifest.entries() if _is_misquoted(store, name)),
    )


def _is_misquoted(store: Store, name: str) -> bool:
    document = store.manifest.document(name)
    if document is None:
        return False
    chunks = store.manifest.chunks(store.manifest.chunk_ids([name])).values()
    return any(document.text[chunk.start : chunk.end] != chunk.text for chunk in chunks)
