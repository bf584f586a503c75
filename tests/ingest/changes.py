"""Change small stores many times, and look for vectors that no search reaches.

`python -m tests.ingest.changes --count 400` makes that many stores, writes, changes and removes
documents in each, and then looks for every chunk by its own vector. The texts are much alike, so
that the index has crowded places.
"""

import argparse
import hashlib
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embed import Embedder
from ingest.manifest import FileStamp
from ingest.schema import Chunk, Document
from ingest.settings import IngestSettings
from ingest.split import split_document
from ingest.store import Store
from tests.ingest.kills import make_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK_TOKENS = 32
DOCUMENTS = 14
STEPS = 30
TEXTS = 100
STAMP = FileStamp(0, 0, 0, 0)


def cut(name: str, text: str, embedder: Embedder) -> tuple[Document, list[Chunk]]:
    document = Document(name, text, hashlib.sha256(text.encode()).hexdigest())
    return document, split_document(document, embedder.count_tokens, CHUNK_TOKENS)


def change_store(
    settings: IngestSettings,
    embedder: Embedder,
    texts: Sequence[str],
    vectors: "Mapping[str, NDArray[np.float32]]",
    chooser: random.Random,
) -> tuple[int, list[str]]:
    """Fill a store and change it; return how many chunks are in, and which of them are lost."""
    with Store(settings, create=True) as store:
        store.reset()
        with store.writing():
            for step in range(STEPS):
                name = f"{chooser.randrange(DOCUMENTS)}.txt"
                document, chunks = cut(name, chooser.choice(texts), embedder)
                for _ in range(1 + step % 2):
                    store.put(document, chunks, [vectors[chunk.text] for chunk in chunks], STAMP)
                if step % 7 == 0:
                    store.remove(f"{chooser.randrange(DOCUMENTS)}.txt")
                if step % 3 == 0:
                    store.search(vectors[chunks[0].text], 1)  # Chroma links what was written so far
    with Store(settings) as store:
        ids = store.manifest.chunk_ids()
        return len(ids), store.lost_ids(ids)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chooser = random.Random(options.seed)
    embedder = Embedder("local")
    texts = [make_text(random.Random(number), number) for number in range(TEXTS)]
    cuttings = [chunk.text for text in texts for chunk in cut("", text, embedder)[1]]
    vectors = dict(zip(cuttings, embedder.embed_documents(cuttings), strict=True))
    looked_for = 0
    lost: list[str] = []
    stores = 0
    for _ in range(options.count):
        with tempfile.TemporaryDirectory() as folder:
            settings = IngestSettings(
                Path(folder), Path(folder, "store"), chunk_tokens=CHUNK_TOKENS
            )
            count, missed = change_store(settings, embedder, texts, vectors, chooser)
        looked_for += count
        lost += missed
        stores += bool(missed)
    print(f"{options.count} stores, {looked_for:,} chunks: {len(lost)} lost in {stores} stores")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
