"""RGB's facts stated wrongly, each with an erratum made from the passage that is right. By hand:

    python -m tests.rag.rgb_errata en_fact.json FOLDER [--count 50] [--seed 1]
    python -m evals run FOLDER/corrected.yaml FOLDER/conflicting.yaml

`corrected` searches the wrong passage and two that do not answer, with the erratum in force;
`conflicting` the wrong passage and a right one, in a corpus without errata.
"""

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ingest.split import split_sentences

AUTHORITY = "RGB (Chen et al., AAAI 2024)"


def sentence_with(text: str, words: Sequence[str]) -> str:
    """Return the first sentence of a text that has one of some words, or nothing."""
    sentences = (text[start:end] for start, end in split_sentences(text))
    return next((s for s in sentences if any(w.lower() in s.lower() for w in words)), "")


def flat(answer: Any) -> list[str]:
    return [answer] if isinstance(answer, str) else [text for one in answer for text in flat(one)]


def usable(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows whose passages have the right and the wrong answer in a sentence."""
    for row in rows:
        wrong_passage = next((text for text in row["positive_wrong"] if text.strip()), "")
        right_passage = next((text for text in row["positive"] if text.strip()), "")
        wrong = sentence_with(wrong_passage, flat(row["fakeanswer"]))
        right = sentence_with(right_passage, flat(row["answer"]))
        if wrong and right:
            yield dict(row) | {
                "wrong_passage": wrong_passage,
                "right_passage": right_passage,
                "wrong": wrong,
                "right": right,
            }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines()]
    chosen = random.Random(options.seed).sample(list(usable(rows)), options.count)
    errata: list[dict[str, Any]] = []
    suites: dict[str, list[dict[str, Any]]] = {"corrected": [], "conflicting": []}
    for row in chosen:
        number = f"{row['id']:03d}"
        texts = {
            f"{number}-wrong.txt": row["wrong_passage"],
            f"{number}-right.txt": row["right_passage"],
        }
        others = [text for text in row["negative"] if text.strip()][:2]
        texts |= {f"{number}-other-{at}.txt": text for at, text in enumerate(others)}
        for name in suites:
            folder = options.folder / name / "documents"
            folder.mkdir(parents=True, exist_ok=True)
            for document, text in texts.items():
                (folder / document).write_text(text, encoding="utf-8")
        others_named = [name for name in texts if "-other-" in name]
        errata.append(
            {
                "id": f"rgb-{number}",
                "document": f"{number}-wrong.txt",
                "wrong": row["wrong"],
                "right": row["right"],
                "authority": AUTHORITY,
            }
        )
        suites["corrected"].append(
            {
                "id": number,
                "question": row["query"],
                "documents": [f"{number}-wrong.txt", *others_named],
                "expect": {"corrects": f"rgb-{number}", "contains": [flat(row["answer"])]},
            }
        )
        suites["conflicting"].append(
            {
                "id": number,
                "question": row["query"],
                "documents": [f"{number}-wrong.txt", f"{number}-right.txt"],
                "expect": {"conflicts": True},
            }
        )
    written = yaml.safe_dump(errata, allow_unicode=True, sort_keys=False)
    (options.folder / "corrected" / "errata.yaml").write_text(written, encoding="utf-8")
    for name, cases in suites.items():
        suite = yaml.safe_dump({"name": name, "corpus": name, "cases": cases}, allow_unicode=True)
        (options.folder / f"{name}.yaml").write_text(suite, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
