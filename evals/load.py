"""YAML or JSONL -> Suite, read strictly: every error with its file, line and nearest word."""

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from evals.check_suite import (
    Problem,
    find_contradictions,
    find_duplicates,
    find_missing_evidence,
)
from evals.corpus import CorpusDocuments, corpus_folder
from evals.errors import SuiteError
from evals.schema import Case, Expect, ExpectedCitation, Suite, Turn, Value

MOST_ERRORS = 20
_MODELS: Mapping[str, type[BaseModel]] = {
    "expect": Expect,
    "value": Value,
    "cites": ExpectedCitation,
    "history": Turn,
    "cases": Case,
}
Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """A suite as plain data, and the line (from 1) of each of its parts."""

    path: Path
    data: Mapping[str, Any]
    lines: dict[Location, int] = field(default_factory=dict)

    def line(self, where: Location) -> int:
        """Return the line of the innermost part that has one."""
        parts = (where[:length] for length in range(len(where), -1, -1))
        return next((self.lines[part] for part in parts if part in self.lines), 1)


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
            _raise(source, [(detail["loc"], _explain(detail)) for detail in details])
            raise
    problems = [*find_duplicates(suite), *find_contradictions(suite)]
    if default_corpus is not None:
        corpus = corpus_folder(suite, path, default_corpus)
        if suite.corpus and not corpus.is_dir():
            _raise(source, [(("corpus",), f"there is no folder {corpus}, which `corpus` names.")])
        problems += find_missing_evidence(suite, CorpusDocuments(corpus), corpus)
    _raise(source, problems)
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


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SuiteError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SuiteError(f"{path} is not UTF-8 text: {error.reason}.") from error


def _read_jsonl(path: Path) -> _Source:
    """Read a case a line; a first line without a question speaks of the suite."""
    head: dict[str, Any] = {}
    cases: list[Any] = []
    lines: dict[Location, int] = {}
    for number, line in enumerate(_read_text(path).split("\n"), 1):
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
    return _Source(path, {**head, "cases": cases}, lines)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return dict(pairs)


def _read_yaml(path: Path) -> _Source:
    """Read a mapping with `cases`, or a bare list of cases. Scalars stay as they are written."""
    try:
        root = yaml.compose(_read_text(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "there is a character that YAML forbids"
        raise SuiteError(
            f"{path}, line {line}: this is not YAML: {problem}. Indent with spaces, and put texts "
            "with a colon, a hash or a quote into quotes."
        ) from error
    if root is None:
        raise SuiteError(f"{path} is empty: give at least one case.")
    lines: dict[Location, int] = {}
    is_list = isinstance(root, yaml.SequenceNode)
    data = _build(root, path, ("cases",) if is_list else (), lines, set())
    if isinstance(data, list):
        data = {"cases": data}
    if not isinstance(data, dict):
        raise SuiteError(f"{path}, line 1: give a mapping with `cases`, or a list of cases.")
    return _Source(path, data, lines)


def _build(
    node: yaml.Node, path: Path, where: Location, lines: dict[Location, int], seen: set[int]
) -> Any:
    line = node.start_mark.line + 1
    lines[where] = line
    if isinstance(node, yaml.ScalarNode):
        empty = node.tag == "tag:yaml.org,2002:null" and node.style is None
        return None if empty else node.value
    if id(node) in seen:
        raise SuiteError(f"{path}, line {line}: anchors and aliases are not taken; write it out.")
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, path, (*where, n), lines, seen) for n, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key, value in node.value:
        if key.value in result:
            line = key.start_mark.line + 1
            raise SuiteError(f"{path}, line {line}: the key {key.value!r} stands twice.")
        result[key.value] = _build(value, path, (*where, key.value), lines, seen)
        lines[(*where, key.value)] = key.start_mark.line + 1
    return result


def _raise(source: _Source, problems: Iterable[Problem]) -> None:
    """Raise one SuiteError for all problems, each a line, in the order of the file."""
    found = sorted({(source.line(where), message) for where, message in problems})
    if not found:
        return
    shown = [f"{source.path}, line {line}: {message}" for line, message in found[:MOST_ERRORS]]
    if len(found) > MOST_ERRORS:
        shown.append(f"and {len(found) - MOST_ERRORS} more.")
    raise SuiteError("\n".join(shown))


def _explain(error: Any) -> str:
    """Say in words what pydantic found."""
    where: Location = error["loc"]
    name = str(where[-1]) if where else "suite"
    if error["type"] == "extra_forbidden":
        parent = next((_MODELS[str(p)] for p in reversed(where[:-1]) if str(p) in _MODELS), Suite)
        near = get_close_matches(name, parent.model_fields, 1, 0.5)
        known = ", ".join(parent.model_fields)
        hint = f"did you mean `{near[0]}`?" if near else f"there are: {known}."
        return f"unknown key `{name}`; {hint}"
    if error["type"] == "missing":
        return f"`{name}` is missing."
    if error["type"] == "literal_error":
        near = get_close_matches(str(error["input"]), error["ctx"]["expected"].split("'")[1::2], 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"`{name}` is {error['input']!r}: give {error['ctx']['expected']}.{hint}"
    key = next((str(part) for part in reversed(where) if isinstance(part, str)), "suite")
    return f"`{key}`: {error['msg'][0].lower()}{error['msg'][1:]} (found {error['input']!r})."
