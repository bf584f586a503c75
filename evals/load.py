"""YAML or JSONL -> Suite, read strictly: every error with its file, line and nearest word."""

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from evals.check_suite import (
    find_contradictions,
    find_duplicates,
    find_missing_evidence,
)
from evals.corpus import CorpusDocuments, corpus_folder
from evals.errors import SuiteError
from evals.schema import Case, Expect, ExpectedCitation, Suite, Turn, Value
from ingest.strict_yaml import (
    Location,
    Source,
    explain,
    parse_yaml,
    raise_problems,
    read_text,
)

_MODELS: Mapping[str, type[BaseModel]] = {
    "expect": Expect,
    "value": Value,
    "cites": ExpectedCitation,
    "history": Turn,
    "cases": Case,
}


def load_suite(path: Path, default_corpus: Path | None = None) -> Suite:
    """Read a suite from a .yaml, .yml or .jsonl file. Raises SuiteError.

    With `default_corpus`, for suites that name none, what the corpus lacks is an error.
    """
    with _no_collection():
        source = _read_jsonl(path) if path.suffix == ".jsonl" else _read_yaml(path)
        try:
            suite = Suite.model_validate({"name": path.stem, **source.data})
        except ValidationError as error:
            details = error.errors(include_url=False)
            explained = [(detail["loc"], explain(detail, Suite, _MODELS)) for detail in details]
            raise_problems(source, explained, SuiteError)
            raise
    problems = [*find_duplicates(suite), *find_contradictions(suite)]
    if default_corpus is not None:
        corpus = corpus_folder(suite, path, default_corpus)
        if suite.corpus and not corpus.is_dir():
            missing = f"there is no folder {corpus}, which `corpus` names."
            raise_problems(source, [(("corpus",), missing)], SuiteError)
        problems += find_missing_evidence(suite, CorpusDocuments(corpus), corpus)
    raise_problems(source, problems, SuiteError)
    return suite


def suite_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files of suites; a folder stands for all in it. Raises SuiteError."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(f for f in path.iterdir() if f.suffix in (".yaml", ".yml", ".jsonl"))
            if not found:
                raise SuiteError(f"There is no suite (.yaml, .jsonl) in the folder {path}.")
            files += found
        elif not path.is_file():
            near = get_close_matches(path.name, [f.name for f in _siblings(path)], 1)
            hint = f" Did you mean {path.parent / near[0]}?" if near else ""
            raise SuiteError(f"There is no suite {path}.{hint}")
        elif path.suffix not in (".yaml", ".yml", ".jsonl"):
            raise SuiteError(f"{path} is no suite: give a .yaml or a .jsonl file.")
        else:
            files.append(path)
    return files


def _siblings(path: Path) -> list[Path]:
    return list(path.parent.iterdir()) if path.parent.is_dir() else []


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the garbage collector: over a large suite's many small parts it takes most time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_jsonl(path: Path) -> Source:
    """Read a case a line; a first line without a question speaks of the suite."""
    head: dict[str, Any] = {}
    cases: list[Any] = []
    lines: dict[Location, int] = {}
    for number, line in enumerate(read_text(path, SuiteError).split("\n"), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line, object_pairs_hook=_unique)
        except ValueError as error:
            raise SuiteError(f"{path}, line {number}: this is not JSON: {error}.") from error
        if not isinstance(item, dict):
            raise SuiteError(f"{path}, line {number}: give an object, one case a line.")
        if not cases and not head and "question" not in item:
            head = item
            continue
        lines[("cases", len(cases))] = number
        cases.append(item)
    return Source(path, {**head, "cases": cases}, lines)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return dict(pairs)


def _read_yaml(path: Path) -> Source:
    source = parse_yaml(path, read_text(path, SuiteError), "cases", SuiteError)
    if source is None:
        raise SuiteError(f"{path} is empty: give at least one case.")
    return source
