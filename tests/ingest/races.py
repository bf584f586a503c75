"""Two syncs of one store at the same moment: one wins, the other says who has the store.

`python -m tests.ingest.races --count 50` also looks whether the store is whole after each race.
"""

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

from ingest.embed import Embedder
from ingest.errors import StoreLockedError
from ingest.settings import IngestSettings
from tests.ingest.kills import change_corpus, check, in_child, run_sync

WON, LOST, BROKEN = 0, 3, 4


def race(settings: IngestSettings, embedder: Embedder) -> tuple[int, ...]:
    """Start two syncs at once; return how they ended, in order."""
    ready, start = os.pipe()
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            code = BROKEN
            try:
                os.close(start)
                os.read(ready, 1)
                code = one_sync(settings, embedder)
            finally:
                os._exit(code)
        children.append(child)
    os.close(ready)
    os.close(start)
    return tuple(sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children))


def one_sync(settings: IngestSettings, embedder: Embedder) -> int:
    try:
        run_sync(settings, embedder)
    except StoreLockedError as error:
        return LOST if "in use by process" in str(error) else BROKEN
    return WON


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    options = parser.parse_args()
    chooser = random.Random(1)
    embedder = Embedder("local")
    endings: Counter[str] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        settings = IngestSettings(Path(folder, "corpus"), Path(folder, "store"), chunk_tokens=32)
        settings.documents.mkdir(parents=True)
        for number in range(options.count):
            change_corpus(settings.documents, chooser, number)
            ended = race(settings, embedder)
            names = {
                (WON, LOST): "one won, one was told who has the store",
                (WON, WON): "one after the other",
            }
            endings[names.get(ended, f"exit codes {ended}")] += 1
            if ended not in names:
                wrong.append(f"race {number}: exit codes {ended}")
            if found := in_child(partial(check, settings, embedder)):
                wrong.append(f"race {number}: {found}")
    for what, count in endings.items():
        print(f"{count:4} {what}")
    print(f"{len(wrong)} went wrong")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
