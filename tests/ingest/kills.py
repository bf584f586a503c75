"""Kill syncs with SIGKILL, at named steps and at random moments, and look at what is left.

`python -m tests.ingest.kills --count 200 --seed 1` prints how many kills landed in the middle of
work, at which steps, and whether the next sync made the store whole each time. The embedder is the
real one, loaded once; every sync runs in a process of its own, forked before any thread starts.
"""

import argparse
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from chromadb.api.models.Collection import Collection

import ingest.sync
from ingest.embed import Embedder
from ingest.load import Loader
from ingest.manifest import Manifest
from ingest.settings import IngestSettings
from ingest.split import split_document
from ingest.store import Store
from ingest.sync import CONTEXT_TOKENS, sync
from ingest.verify import Differences, verify

STEPS: list[tuple[Any, str]] = [
    (Loader, "load"),
    (ingest.sync, "split_document"),
    (Embedder, "embed_documents"),
    (Collection, "add"),
    (Collection, "delete"),
    (Manifest, "put"),
    (Manifest, "put_stamp"),
    (Manifest, "put_failed"),
    (Manifest, "put_facts"),
    (Manifest, "remove"),
    (Manifest, "remove_fact"),
    (Store, "put"),
    (Store, "remove"),
]
WORDS = [
    "oil",
    "lamp",
    "coast",
    "keeper",
    "winter",
    "harbour",
    "barrel",
    "storm",
    "signal",
    "tower",
    "灯塔",
    "港口",
    "燃油",
    "冬天",
]
MOST_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one kill. `step` is "" for a random moment."""

    landed: bool
    step: str
    wrong: str


def kill_syncs(folder: Path, count: int, seed: int) -> list[Outcome]:
    """Change a corpus, sync it, kill that, sync again and compare, until `count` kills landed."""
    chooser = random.Random(seed)
    settings = IngestSettings(folder / "corpus", folder / "store", chunk_tokens=32)
    settings.documents.mkdir(parents=True)
    embedder = Embedder("local")
    outcomes: list[Outcome] = []
    for number in itertools.count():
        if sum(outcome.landed for outcome in outcomes) == count:
            break
        change_corpus(settings.documents, chooser, number)
        step = None if number % 2 else (*STEPS[number // 2 % len(STEPS)], chooser.random() < 0.5)
        landed = kill_one(settings, embedder, chooser, step)
        wrong = in_child(partial(check_between, settings))
        wrong = wrong or in_child(partial(check, settings, embedder))
        name = f"{'after' if step[2] else 'before'} {step[1]}" if step else ""
        outcomes.append(Outcome(landed, name, wrong))
    return outcomes


def change_corpus(folder: Path, chooser: random.Random, number: int) -> None:
    """Write, change, rename and remove some documents, and put a broken one in or out."""
    names = sorted(path.name for path in folder.glob("*.txt"))
    for _ in range(3):
        name = f"{chooser.randrange(14)}.txt"
        (folder / name).write_text(make_text(chooser, number), encoding="utf-8")
    if names and chooser.random() < 0.5:
        path = folder / chooser.choice(names)
        path.rename(folder / f"{chooser.randrange(14, 28)}.txt")
    if names and chooser.random() < 0.3:
        (folder / chooser.choice(names)).unlink(missing_ok=True)
    for path in folder.glob(f"{chooser.randrange(10)}*.txt"):
        path.touch()
    (folder / "broken.pdf").write_bytes(b"no pdf %d" % number)


def make_text(chooser: random.Random, number: int) -> str:
    sentences = [
        f"Line {number} {chooser.randrange(10**6)}: " + " ".join(chooser.choices(WORDS, k=14)) + "."
        for _ in range(chooser.randrange(4, 24))
    ]
    return "\n\n".join(sentences)


def kill_one(
    settings: IngestSettings,
    embedder: Embedder,
    chooser: random.Random,
    step: tuple[Any, str, bool] | None,
) -> bool:
    """Run a sync in a child and kill it; tell whether it was in the middle of its work."""
    calls = chooser.randrange(1, 3)
    child = os.fork()
    if child == 0:
        try:
            if step is not None:
                die_at(*step, calls)
            run_sync(settings, embedder)
        finally:
            os._exit(0)
    if step is None:
        time.sleep(chooser.uniform(0.05, MOST_SECONDS))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def die_at(owner: Any, name: str, after: bool, calls: int) -> None:  # noqa: FBT001
    """Make the `calls`-th call of a function the last thing this process does."""
    original = getattr(owner, name)
    left = [calls]

    def dying(*arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **options)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


def run_sync(settings: IngestSettings, embedder: Embedder) -> None:
    with Store(settings, create=True) as store:
        sync(store, lambda: embedder)


def check_between(settings: IngestSettings) -> str:
    """Say what is wrong right after a kill: every document that is in is whole and found."""
    if not settings.store.joinpath("manifest.db").exists():
        return ""
    with Store(settings, create=True) as store:
        if not store.has_recipe():
            return ""
        found = without_unreached(verify(store))
        broken = {"missing": found.missing, "lost": found.lost, "misquoted": found.misquoted}
        return f"between: {broken}" if any(broken.values()) else ""


def without_unreached(found: Differences) -> Differences:
    """Leave out a single vector that no search reaches: Chroma's index has such without kills, too.

    See docs/measurements.md, Ingest; `python -m tests.ingest.changes` counts them.
    """
    return replace(found, lost=()) if len(found.lost) == 1 else found


def check(settings: IngestSettings, embedder: Embedder) -> str:
    """Sync once more; say what is wrong then, or nothing."""
    run_sync(settings, embedder)
    with Store(settings) as store, Loader() as loader:
        if differences := without_unreached(verify(store)):
            return f"verify: {differences}"
        wanted = set()
        for path in settings.documents.glob("*.txt"):
            document = loader.load(path, path.name)
            limits = settings.chunk_tokens, embedder.max_tokens - CONTEXT_TOKENS
            chunks = split_document(document, embedder.count_tokens, *limits)
            wanted |= {chunk.id for chunk in chunks}
        held = store.manifest.chunk_ids()
        if len(held) != len(set(held)) or set(held) != wanted:
            return f"{len(wanted - set(held))} lost, {len(set(held) - wanted)} too many"
        if "broken.pdf" not in store.manifest.entries():
            return "the file that cannot be read is not named"
    return ""


def in_child(work: Callable[[], str]) -> str:
    """Run work in a forked process and return its text."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(sending, json.dumps(work()).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(sending)
    with os.fdopen(receiving) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if status == 0 else f"the next sync ended with status {status}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = kill_syncs(Path(folder), options.count, options.seed)
    landed = [outcome for outcome in outcomes if outcome.landed]
    print(f"{len(landed)} of {len(outcomes)} kills landed in the middle of a sync:")
    for step, count in Counter(outcome.step or "random moment" for outcome in landed).items():
        print(f"  {count:4} {step}")
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    print(f"{len(wrong)} left a store that the next sync did not make whole")
    for outcome in wrong:
        print(f"  {outcome.step or 'random moment'}: {outcome.wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
