"""What the importers share: reading what was published, and writing a suite with its corpus."""

import csv
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals.errors import SuiteError

CaseData = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """A suite as plain data, and the texts of its documents by name."""

    name: str
    rule: str
    description: str
    documents: Mapping[str, str]
    cases: Sequence[CaseData]


@contextmanager
def published_as(path: Path, what: str) -> Iterator[None]:
    """Say that a file is not what was published, instead of how reading it failed."""
    try:
        yield
    except OSError as error:
        raise SuiteError(
            f"{path} cannot be read: {error.strerror}. It should be {what}."
        ) from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise SuiteError(f"{path} is not {what}: {error!r:.200}") from error


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSONL file."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header; bytes that are not UTF-8 are marked as lost."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return list(csv.DictReader(file))


def sample_cases(imported: Imported, count: int, seed: int) -> Imported:
    """Keep a fixed choice of cases, and of documents those that they search in."""
    if count >= len(imported.cases):
        return imported
    chosen = random.Random(seed).sample(range(len(imported.cases)), count)  # noqa: S311
    cases = [imported.cases[place] for place in sorted(chosen)]
    documents = imported.documents
    if all("documents" in case for case in cases):
        named = {name for case in cases for name in case["documents"]}
        documents = {name: text for name, text in documents.items() if name in named}
    return replace(imported, cases=cases, documents=documents)


def write_imported(imported: Imported, folder: Path) -> Path:
    """Write NAME.jsonl and its corpus below a folder; return the suite's path."""
    corpus = folder / f"{imported.name}-corpus"
    path = folder / f"{imported.name}.jsonl"
    head = {
        "name": imported.name,
        "description": imported.description,
        "corpus": corpus.name,
        "rule": imported.rule,
    }
    lines: Iterable[CaseData] = [head, *imported.cases]
    try:
        for name, text in imported.documents.items():
            target = corpus / "documents" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    except OSError as error:
        raise SuiteError(f"{error.filename} cannot be written: {error.strerror}.") from error
    return path
