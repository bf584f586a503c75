"""Plant errors into copies of documents, and see how many an audit finds. Run by hand:

    python -m tests.rag.planted CORPUS [--count 20] [--seed 1] [--first 40]

Each is of one of the audit's kinds, in turn: a sentence of one document restated in another with
another value, another year or without its limit; a name in two scripts that is of two people; a
total that does not add up.
"""

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.corpus import CorpusDocuments
from ingest.embed import Embedder
from ingest.schema import Document
from ingest.split import split_document, split_sentences
from rag.audit import Statement, audit
from rag.conflict import YEAR, find_values
from rag.quantity import find_quantity_spans

KINDS = ("value", "date", "stronger", "identity", "arithmetic")
PEOPLE = (
    "Maria Rossi",
    "Peter Novak",
    "Anna Schmidt",
    "Luis Garcia",
    "Emma Laurent",
    "Omar Haddad",
)
CHINESE = ("陈晓明", "刘建国", "赵丽颖", "孙文博", "周海涛", "郑雅文")
ODD = re.compile(r"[|\[\]()=;]|http|arXiv|pp?\.|- |Proceedings|Conference|\b[A-Z] ?\.")
"""What no plain sentence has: marks of references, formulas, initials, words that were cut."""
_CODE = re.compile(r"[A-Za-z]+-?\d[\w.]*")
HEDGE = re.compile(r"\b(?:up to|about|approximately|roughly|nearly|around|at most|may|can) ", re.I)
BEGINNINGS = ("As reported elsewhere, ", "By another account, ", "It was found that ", "Earlier, ")


@dataclass(frozen=True, slots=True)
class Planted:
    """An error, in which document it was put, and its words."""

    kind: str
    document: str
    text: str


def plant(
    documents: Sequence[Document], count: int, seed: int
) -> tuple[list[Document], list[Planted]]:
    """Return copies of documents with errors in them, and what these are."""
    chance = random.Random(seed)
    texts = {one.name: one.text for one in documents}
    planted: list[Planted] = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        target = chance.choice(documents).name
        words = _error(kind, [one for one in documents if one.name != target], chance)
        ends = [match.start() for match in re.finditer(r"(?<=[.])\n", texts[target])]
        at = chance.choice(ends or [len(texts[target])])
        texts[target] = f"{texts[target][:at]} {words}{texts[target][at:]}"
        planted.append(Planted(kind, target, words))
    return [replace(one, text=texts[one.name]) for one in documents], planted


def _error(kind: str, documents: Sequence[Document], chance: random.Random) -> str:
    if kind == "identity":
        return (
            f"The team was led by {chance.choice(PEOPLE)} ({chance.choice(CHINESE)}) from then on."
        )
    if kind == "arithmetic":
        one, other = chance.randint(100, 900), chance.randint(100, 900)
        return (
            f"The site used {one} kWh in May and {other} kWh in June, "
            f"in total {one + other + chance.choice((90, 200, 350))} kWh."
        )
    change = {"value": _other_value, "date": _other_year, "stronger": _without_limit}[kind]
    while True:
        changed = change(_sentence(chance.choice(documents).text, chance))
        if changed:
            return f"{chance.choice(BEGINNINGS)}{changed[0].lower()}{changed[1:]}"


def _sentence(text: str, chance: random.Random) -> str:
    """Return a sentence of prose of some length."""
    good: Callable[[str], bool] = lambda s: (  # noqa: E731
        60 <= len(s) <= 260 and s[0].isupper() and s.endswith(".") and not ODD.search(s)
    )
    sentences = [" ".join(text[start:end].split()) for start, end in split_sentences(text)]
    return chance.choice([one for one in sentences if good(one)] or [""])


def _other_value(text: str) -> str:
    plain = _CODE.sub(lambda code: "x" * len(code[0]), text)  # V100s are no seconds
    spans = [one for one in find_quantity_spans(plain) if one[3] and one[2] > 1]
    if len(spans) != 1 or len(find_values(text)) != 1:
        return ""
    start, end, _, _ = spans[0]
    digits = re.match(r"[\d,.]*\d", text[start:end])
    if not digits:
        return ""
    new = str(round(float(digits[0].replace(",", "")) * 1.7, 1))
    return text[:start] + new + text[start + digits.end() :]


def _other_year(text: str) -> str:
    years = [value for kind, value in find_values(text) if kind == YEAR and value > 1950]
    if re.search(r"\d{4}[a-z]?\.$", text):  # as references end
        return ""
    if len(years) != 1 or len(find_values(text)) != 1:
        return ""
    return text.replace(f"{years[0]:f}", f"{years[0] - 3:f}")


def _without_limit(text: str) -> str:
    found = HEDGE.findall(text)
    has_number = any(one[3] for one in find_quantity_spans(text))
    return HEDGE.sub("", text) if len(found) == 1 and has_number else ""


def side_text(side: Statement) -> str:
    return " ".join(side.text.split())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=40)
    options = parser.parse_args()
    documents = list(CorpusDocuments(options.corpus).values())
    changed, planted = plant(documents, options.count, options.seed)
    embedder = Embedder("local")
    chunks = {one.name: split_document(one, embedder.count_tokens, 128, 480) for one in changed}
    started = time.monotonic()
    found = audit(changed, lambda name: chunks[name], embedder.embed_documents)
    print(f"{len(documents)} documents, {len(found)} findings, {time.monotonic() - started:.1f} s")
    shown = found[: options.first]
    hit = [
        one
        for one in planted
        if any(
            one.text in f"{side_text(side)} {finding.why}"
            for finding in shown
            for side in finding.sides
        )
    ]
    print(
        f"{len(hit)} of {len(planted)} among the first {options.first}:",
        Counter(o.kind for o in hit),
    )
    for one in planted:
        if one not in hit:
            print("missed", one)
    for number, one in enumerate(shown, 1):
        sign = (
            "planted"
            if any(p.text in f"{side_text(s)} {one.why}" for p in planted for s in one.sides)
            else ""
        )
        print(
            number,
            sign,
            one.kind,
            one.weight,
            one.why[:150],
            *(side_text(s)[:90] for s in one.sides),
            sep=" | ",
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
