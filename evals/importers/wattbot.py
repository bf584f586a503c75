"""WattBot 2025: papers and reports on AI's energy, carbon and water, with typed questions."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evals.importers.common import Imported, published_as, read_csv

_BLANK = "is_blank"
_TRUTH = {"1": ["true", "yes"], "0": ["false", "no"]}


def import_wattbot(folder: Path) -> Iterator[Imported]:
    """Read `train_QA.csv`, `metadata.csv` and `corpus/*.txt`. Raises SuiteError."""
    path = folder / "train_QA.csv"
    with published_as(path, "WattBot's table of questions"):
        rows = read_csv(path)
        cases = [_case(row) for row in rows]
    path = folder / "metadata.csv"
    with published_as(path, "WattBot's table of documents"):
        titles = {row["id"]: row["title"] for row in read_csv(path)}
    documents = {}
    for file in sorted((folder / "corpus").glob("*.txt")):
        with published_as(file, "a paper as text"):
            title = titles.get(file.stem, file.stem).replace('"', "'")
            text = file.read_text(encoding="utf-8")
            documents[file.name] = f'---\ntitle: "{title}"\n---\n{text}'
    description = "WattBot 2025: questions over papers on the cost of AI"
    yield Imported("wattbot", "wattbot", description, documents, cases)


def _expected(value: str, unit: str) -> tuple[str, dict[str, Any]]:
    """Return the kind of a question, and what its answer must state."""
    if value in _TRUTH and unit == _BLANK:
        return "true-false", {"contains": [_TRUTH[value]]}
    numbers = re.findall(r"[^\s,]+", value.strip("[]"))
    if all(re.fullmatch(r"-?\d+(\.\d+)?", number) for number in numbers):
        return "number", {"value": {"number": numbers}}
    return "name", {"contains": [value]}


def _case(row: dict[str, str]) -> dict[str, Any]:
    value = row["answer_value"]
    names = [] if row["ref_id"] == _BLANK else re.findall(r"[\w.-]+", row["ref_id"])
    expect: dict[str, Any]
    if value == _BLANK:
        expect = {"abstains": True}
        kind = "unanswerable"
    else:
        kind, said = _expected(value, row["answer_unit"])
        expect = {**said, "cites": [[f"{name}.txt" for name in names]]}
    return {
        "id": row["id"],
        "question": row["question"],
        "tags": [kind],
        "expect": expect,
        "reference": {"value": value, "unit": row["answer_unit"], "documents": names},
    }
