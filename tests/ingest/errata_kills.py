"""Kill -9 while the registry is being saved, and cut it at random places. Run by hand:

    python -m tests.ingest.errata_kills [--count 200] [--seed 7]

After each kill the registry is the one before or the one after, whole; after each cut that breaks
it, the last good one is in force and the line is named.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ingest.errata import ErrataReader, parse_errata
from ingest.errors import ErrataError
from ingest.manifest import FileStamp, Manifest
from ingest.schema import Chunk, Document
from ingest.settings import IngestSettings

WORDS = [f"It is {number} m high" for number in range(60)]
TEXT = ". ".join(WORDS) + "."
ADDING = """
import sys
from pathlib import Path
from ingest.edit_errata import add_erratum, remove_erratum
from ingest.manifest import Manifest
path, manifest = Path(sys.argv[1]), Manifest(Path(sys.argv[2]))
print(flush=True)
while True:
    for number in range(20, 60):
        entry = {"id": f"e{number}", "document": "a.txt", "wrong": f"It is {number} m high",
                 "right": "It is not.", "authority": "Us"}
        add_erratum(path, entry, manifest)
    for number in range(20, 60):
        remove_erratum(path, f"e{number}")
"""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        settings = IngestSettings(Path(scratch) / "corpus", Path(scratch) / "store")
        settings.corpus.mkdir()
        settings.store.mkdir()
        manifest = Manifest(settings.store)
        manifest.create()
        document = Document("a.txt", TEXT, "0" * 64)
        manifest.put(document, [Chunk("1", "a.txt", TEXT, 0, len(TEXT))], FileStamp(0, 0, 0, 0))
        first = "".join(
            f"- id: e{number}\n  document: a.txt\n  wrong: {WORDS[number]}\n"
            "  right: It is not.\n  authority: Us\n"
            for number in range(20)
        )
        settings.errata.write_text(first)
        reader = ErrataReader(settings, manifest)
        bad = _kill(settings, reader, chance, options.count)
        settings.errata.write_text(first)
        assert not reader.read().problems
        broken = 0
        for _ in range(options.count):
            cut = first[: chance.randrange(len(first))]
            try:
                parse_errata(settings.errata, cut)
                continue  # what is left is a registry by itself
            except ErrataError:
                broken += 1
            settings.errata.write_text(cut)
            registry = ErrataReader(settings, manifest).read()
            bad += len(registry.errata) != 20 or "line " not in registry.problems[0]
            settings.errata.write_text(first)
    print(f"{options.count} kills, {broken} cuts that broke it: {bad} bad")
    return 1 if bad else 0


def _kill(settings: IngestSettings, reader: ErrataReader, chance: random.Random, count: int) -> int:
    bad = 0
    for _ in range(count):
        line = [sys.executable, "-c", ADDING, str(settings.errata), str(settings.store)]
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.5))
            process.kill()
        registry = reader.read()
        whole = 20 <= len(registry.errata) <= 60 and not registry.problems
        bad += not whole
        entries = settings.errata.read_text().split("- id: ")[:21]
        settings.errata.write_text("- id: ".join(entries))
    return bad


if __name__ == "__main__":
    raise SystemExit(main())
