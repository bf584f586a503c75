"""Read damaged files: each gives a document or a named reason, and none is lost.

`python -m tests.ingest.mutated --count 10000 --seed 1` damages the sample files: bytes flipped,
cut out, doubled or cut off, in the file itself or, for formats that are zip files, in one of their
parts, packed again.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, is_zipfile

from ingest.errors import LoadError
from ingest.load import Loader
from ingest.schema import Chunk
from ingest.split import split_document

MOST_SECONDS = 15.0
FILES = Path(__file__).parent / "files"


def damage(data: bytes, chooser: random.Random) -> bytes:
    """Change some bytes of a file."""
    result = bytearray(data)
    for _ in range(chooser.choice((1, 3, 20))):
        at = chooser.randrange(len(result))
        length = chooser.choice((1, 4, 64, 1024))
        how = chooser.randrange(5)
        if how == 0:
            result[at] ^= 1 << chooser.randrange(8)
        elif how == 1:
            result[at : at + length] = chooser.randbytes(length)
        elif how == 2:
            del result[at : at + length]
        elif how == 3:
            result[at:at] = result[at : at + length]
        else:
            result[at : at + length] = b"\xff" * length
        if not result:
            return b"x"
    return bytes(result[: chooser.randrange(1, len(result) + 1)] if how == 4 else result)


def damage_part(data: bytes, chooser: random.Random) -> bytes:
    """Change one part of a zip file and pack it again."""
    packed = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        names = [name for name in old.namelist() if not name.endswith("/")]
        chosen = chooser.choice(names)
        for name in names:
            part = old.read(name)
            new.writestr(name, damage(part, chooser) if name == chosen and part else part)
    return packed.getvalue()


def left_out(text: str, chunks: Sequence[Chunk]) -> str:
    """Return text that no chunk covers, or nothing."""
    at = 0
    for chunk in chunks:
        if gap := text[at : chunk.start].strip():
            return gap
        at = chunk.end
    return text[at:].strip()


def read_mutated(folder: Path, count: int, seed: int) -> tuple[Counter[str], list[str], float]:
    """Read `count` damaged files; return what came of them, what was wrong, the longest seconds."""
    chooser = random.Random(seed)
    samples = [path for path in sorted(FILES.iterdir()) if path.suffix != ".py"]
    outcomes: Counter[str] = Counter()
    wrong = []
    longest = 0.0
    with Loader() as loader:
        for number in range(count):
            sample = chooser.choice(samples)
            data = sample.read_bytes()
            inside = is_zipfile(sample) and chooser.random() < 0.6
            path = folder / f"{number}{sample.suffix}"
            path.write_bytes((damage_part if inside else damage)(data, chooser))
            started = time.monotonic()
            try:
                document = loader.load(path, path.name)
                chunks = split_document(document, lambda texts: [len(t) for t in texts], 400)
            except LoadError as error:
                reason = str(error)
                what = "by its reader's end" if "reader ended" in reason else "with a reason"
                outcomes[f"refused {what}"] += 1
                if "Traceback" in reason or "\n" in reason:
                    wrong.append(f"{sample.name} #{number}: {reason!r}")
            else:
                outcomes["read"] += 1
                if left := left_out(document.text, chunks):
                    wrong.append(f"{sample.name} #{number}: no chunk has {left[:40]!r}")
            seconds = time.monotonic() - started
            if seconds > MOST_SECONDS:
                wrong.append(f"{sample.name} #{number}: {seconds:.1f} s")
            longest = max(longest, seconds)
            path.unlink()
            if number % 100 == 0:  # what was damaged before does not spoil what is whole
                loader.load(FILES / "en-office.docx", "en-office.docx")
    return outcomes, wrong, longest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes, wrong, longest = read_mutated(Path(folder), options.count, options.seed)
    for what, count in outcomes.most_common():
        print(f"{count:6} {what}")
    print(f"the slowest took {longest:.1f} s; {len(wrong)} went wrong")
    print("\n".join(wrong))
    return 1 if wrong or sum(outcomes.values()) != options.count else 0


if __name__ == "__main__":
    sys.exit(main())
