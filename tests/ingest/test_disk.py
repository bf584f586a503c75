"""A full or read-only disk is named, and nothing is wrong once there is space again."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.embed import Embedder
from ingest.errors import StoreError
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import sync
from ingest.verify import verify


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own; skipped where none can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", folder):
        pytest.skip("only root can mount a disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def mount(*options: object) -> bool:
    try:
        return subprocess.run(["mount", *map(str, options)], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def test_a_full_disk_is_named_and_the_next_sync_goes_on(
    settings: IngestSettings, embedder: Embedder, disk: Path
) -> None:
    settings = IngestSettings(settings.corpus, disk / "store", chunk_tokens=32)
    for number in range(40):
        text = "\n\n".join(f"Harbour {number} has {line} lights." for line in range(40))
        (settings.documents / f"{number}.txt").write_text(text)
    known: dict[str, object] = {}

    class Remembering:
        max_tokens = embedder.max_tokens
        count_tokens = staticmethod(embedder.count_tokens)

        def embed_documents(self, texts: list[str]) -> list[object]:
            new = [text for text in texts if text not in known]
            known.update(zip(new, embedder.embed_documents(new), strict=True) if new else [])
            return [known[text] for text in texts]

    messages = []
    for size in (64, 200, 300, 420, 600, 900, 1400, 2000, 2600):
        assert mount("-o", f"remount,size={size}k", disk)
        try:
            with Store(settings, create=True) as store:
                sync(store, Remembering)
        except StoreError as error:
            messages.append(str(error))
    assert len(messages) >= 6
    for message in messages:
        assert str(disk) in message, message
        assert "space" in message or "writable" in message, message
    assert mount("-o", "remount,size=100m", disk)
    with Store(settings, create=True) as store:
        assert not sync(store, Remembering).failed
        assert not verify(store)
        assert len(store.manifest.entries()) == 40


def test_a_read_only_store_is_named(
    settings: IngestSettings, embedder: Embedder, disk: Path, tmp_path: Path
) -> None:
    settings = IngestSettings(settings.corpus, disk / "store")
    (settings.documents / "a.txt").write_text("Snow is cold.")
    assert mount("-o", "remount,size=100m", disk)
    with Store(settings, create=True) as store:
        sync(store, lambda: embedder)
    # Seen a second time read-only: the disk itself can be busy, as files are closed in threads.
    locked = tmp_path / "locked"
    locked.mkdir()
    assert mount("--bind", disk, locked)
    try:
        assert mount("-o", "remount,bind,ro", locked)
        with pytest.raises(StoreError, match=f"{locked}/store cannot be written"):
            Store(IngestSettings(settings.corpus, locked / "store"))
    finally:
        subprocess.run(["umount", "-l", locked], check=True)
