"""SQuAD and XQuAD: paragraphs with questions whose answers are words of them.

Each question comes twice: as it is, and with its own paragraph left out, when only its neighbours
are found, which speak of the same things and do not answer it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evals.importers.common import Imported, published_as


def import_squad(folder: Path) -> Iterator[Imported]:
    """Read every .json file in SQuAD's format. Raises SuiteError."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        with published_as(folder, "a folder with files in SQuAD's format"):
            raise KeyError("*.json")
    for path in paths:
        with published_as(path, "a file in SQuAD's format"):
            yield _import_file(path)


def _import_file(path: Path) -> Imported:
    documents: dict[str, str] = {}
    cases: list[dict[str, Any]] = []
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    for number, article in enumerate(articles):
        for place, paragraph in enumerate(article["paragraphs"]):
            name = f"{number:02d}-{place:02d}.txt"
            documents[name] = paragraph["context"]
            for asked in paragraph["qas"]:
                answers = sorted({answer["text"] for answer in asked["answers"]})
                cases += _cases(asked["id"], asked["question"], answers, name)
    return Imported(path.stem.replace(".", "-"), "squad", path.name, documents, cases)


def _cases(id_: str, question: str, answers: list[str], name: str) -> Iterator[dict[str, Any]]:
    hidden = {
        "id": f"{id_}-hidden",
        "question": question,
        "tags": ["hidden"],
        "without": [name],
        "expect": {"abstains": True},
        "reference": {"answers": []},
    }
    if answers:
        yield {
            "id": id_,
            "question": question,
            "tags": ["answerable"],
            "expect": {"contains": [answers], "cites": [name]},
            "reference": {"answers": answers},
        }
    yield hidden
