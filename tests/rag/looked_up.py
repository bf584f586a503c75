"""How well numbers are looked up in rows of tables that became lines of text.

    python -m tests.rag.looked_up DATA --count 60 --seed 1

DATA is a folder with `tatqa/` as it is published. A table is laid out as lines, as a PDF would give
it. A right pair is a question that one cell answers and its row; a wrong one the same question and
a row of another table. Which row names what is asked about is not part of this. Printed, for each
most likelihood that no column is of what is asked, is what becomes of either, with 95 % intervals.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.settings import load_environment
from rag.chat_model import ChatModel
from rag.prompts import NOT_THERE, look_up_messages, one_of
from rag.rows import Row, bears_on, find_cells, find_rows
from rag.settings import RagSettings
from rag.write import CELL_TOKENS
from tests.rag.opinions import show

THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.8)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a row, with the number that answers; none if it is of another table."""

    question: str
    row: Row
    text: str
    answer: str


def choose_pairs(path: Path, count: int, seed: int) -> Iterator[Pair]:
    """Yield up to `count` right pairs, and a wrong one of the question of each."""
    chance = random.Random(seed)
    found: list[Pair] = []
    for entry in json.loads(path.read_text(encoding="utf-8")):
        text = "\n".join(" ".join(filter(None, line)) for line in entry["table"]["table"])
        for asked in entry["questions"]:
            if asked["answer_type"] != "span" or len(asked["answer"]) != 1:
                continue
            answer = asked["answer"][0].strip("$€£% ")
            for row in find_rows(text):
                words = text[row.start : row.end]
                if any(answer in cell.split() for cell in find_cells(row, words)):
                    found.append(Pair(asked["question"], row, words, answer))
    chosen = chance.sample(found, min(count, len(found)))
    yield from chosen
    for pair in chosen:
        other = chance.choice([one for one in found if one.row.header != pair.row.header])
        yield Pair(pair.question, other.row, other.text, "")


def look_up(pair: Pair, chat_model: ChatModel) -> tuple[float, str]:
    """Return how likely no column is of what is asked, 1 if its words tell, and the cell read."""
    if not bears_on(pair.row, pair.text, pair.question):
        return 1.0, ""
    messages = look_up_messages(pair.question, pair.row.header, pair.text)
    grammar = one_of(find_cells(pair.row, pair.text))
    cell = "".join(chat_model.write(messages, CELL_TOKENS, grammar))
    return chat_model.weigh_one(messages, NOT_THERE), cell


def show_shares(pairs: Sequence[Pair], looked: Sequence[tuple[float, str]], most: float) -> str:
    """Return what becomes of right and wrong pairs at a threshold."""
    both = list(zip(pairs, looked, strict=True))
    right = [
        (pair.answer in cell.split(), absent <= most)
        for pair, (absent, cell) in both
        if pair.answer
    ]
    wrong = [absent <= most for pair, (absent, _) in both if not pair.answer]
    return (
        f"right {show('right', [good and shown for good, shown in right])}, "
        f"another cell {show('other', [shown and not good for good, shown in right])}, "
        f"of another table {show('taken', wrong)}"
    )


def main() -> int:
    """Print what is looked up rightly, and what wrongly."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    load_environment()
    pairs = list(
        choose_pairs(arguments.data / "tatqa" / "dev.json", arguments.count, arguments.seed)
    )
    chat_model = ChatModel(RagSettings())
    try:
        looked = [look_up(pair, chat_model) for pair in pairs]
    finally:
        chat_model.close()
    for pair, (absent, cell) in zip(pairs, looked, strict=True):
        print(
            f"{absent:.2f} {cell} for {pair.answer or 'none'}: {pair.question} | {pair.text}",
            file=sys.stderr,
        )
    for most in THRESHOLDS:
        print(f"{most:.1f}: {show_shares(pairs, looked, most)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
