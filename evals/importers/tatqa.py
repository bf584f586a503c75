"""TAT-QA: a financial table and its paragraphs, with questions that may need arithmetic."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evals.importers.common import Imported, published_as


def import_tatqa(folder: Path) -> Iterator[Imported]:
    """Read `dev.json`; each table with its paragraphs is a document, and searched alone."""
    path = folder / "dev.json"
    documents: dict[str, str] = {}
    cases: list[dict[str, Any]] = []
    with published_as(path, "TAT-QA's dev.json"):
        for item in json.loads(path.read_text(encoding="utf-8")):
            name = f"{item['table']['uid']}.md"
            documents[name] = _document(item)
            cases += [_case(question, name) for question in item["questions"]]
    yield Imported("tatqa", "tatqa", "TAT-QA (ACL 2021), its dev set", documents, cases)


def _document(item: Mapping[str, Any]) -> str:
    rows = [" | ".join(cell.strip() for cell in row) for row in item["table"]["table"]]
    paragraphs = sorted(item["paragraphs"], key=lambda paragraph: paragraph["order"])
    texts = [paragraph["text"] for paragraph in paragraphs]
    return "\n\n".join([*texts, "\n".join(f"| {row} |" for row in rows)])


def _expect(answers: list[str]) -> dict[str, Any]:
    if all(re.fullmatch(r"-?\d+(\.\d+)?", answer) for answer in answers):
        return {"value": {"number": [answer.lstrip("-") for answer in answers]}}
    return {"contains": answers}


def _case(question: Mapping[str, Any], document: str) -> dict[str, Any]:
    answer = question["answer"]
    parts = answer if isinstance(answer, list) else [answer]
    answers = [str(part) for part in parts if str(part).strip()]
    kind = str(question["answer_type"])
    return {
        "id": question["uid"],
        "question": question["question"],
        "tags": [kind, str(question["answer_from"])],
        "documents": [document],
        "expect": _expect(answers),
        "reference": {"answers": answers, "scale": question["scale"], "kind": kind},
    }
