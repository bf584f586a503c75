"""Check that documents, manifest and vectors agree, by looking for each chunk."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.folder import scan_folder
from ingest.store import Store


@dataclass(frozen=True, slots=True)
class Differences:
    """What is wrong: chunk ids, and names of documents."""

    missing: tuple[str, ...]
    """Chunks in the manifest, not in Chroma."""
    orphans: tuple[str, ...]
    """Ids in Chroma, not in the manifest."""
    lost: tuple[str, ...]
    """Chunks in both, but not found by their own vector."""
    misquoted: tuple[str, ...]
    """Documents whose chunks do not quote them, or leave some of their text out."""
    outdated: tuple[str, ...]
    """Documents whose files hold something else, though they look as they did."""

    def __bool__(self) -> bool:
        return any(asdict(self).values())


def verify(store: Store) -> Differences:
    """Compare the manifest with the vectors and the files, and each chunk with its document."""
    named = store.manifest.chunk_ids()
    stored = store.stored_ids()
    present = [id_ for id_ in named if id_ in stored]
    return Differences(
        missing=tuple(id_ for id_ in named if id_ not in stored),
        orphans=tuple(sorted(stored - set(named))),
        lost=tuple(store.lost_ids(present)),
        misquoted=tuple(name for name in store.manifest.entries() if _is_misquoted(store, name)),
        outdated=tuple(_outdated(store)),
    )


def _is_misquoted(store: Store, name: str) -> bool:
    document = store.manifest.document(name)
    if document is None:
        return False
    chunks = store.manifest.chunks(store.manifest.chunk_ids([name])).values()
    at = 0
    for chunk in sorted(chunks, key=lambda chunk: chunk.start):
        if document.text[chunk.start : chunk.end] != chunk.text:
            return True
        if document.text[at : chunk.start].strip():
            return True
        at = chunk.end
    return bool(document.text[at:].strip())


def _outdated(store: Store) -> list[str]:
    folder = store.settings.documents
    entries = store.manifest.entries()
    if not folder.is_dir():
        return []
    unchanged = [
        name
        for name, stamp in scan_folder(folder)
        if name in entries
        and not entries[name].error
        and entries[name].stamp.proves_unchanged(stamp)
    ]
    return [name for name in unchanged if _hash_file(folder / name) != entries[name].sha256]


def _hash_file(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
