"""YAML files that people write, read strictly: every error with its file, line and nearest word."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ingest.errors import SicError

if TYPE_CHECKING:
    from pydantic import BaseModel

MOST_ERRORS = 20
Location = tuple[str | int, ...]
"""The keys and places that lead to a part of a file."""
Problem = tuple[Location, str]
"""Where something is wrong, and what."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as plain data, and the line (from 1) of each of its parts."""

    path: Path
    data: Mapping[str, Any]
    lines: dict[Location, int] = field(default_factory=dict)

    def line(self, where: Location) -> int:
        """Return the line of the innermost part that has one."""
        parts = (where[:length] for length in range(len(where), -1, -1))
        return next((self.lines[part] for part in parts if part in self.lines), 1)


def read_text(path: Path, error: type[SicError]) -> str:
    """Return a file's text. Raises `error`."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise error(f"{path} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise error(f"{path} is not UTF-8 text: {problem.reason}.") from problem


def parse_yaml(path: Path, text: str, items: str, error: type[SicError]) -> Source | None:
    """Read a mapping with a list of `items`, or that bare list. Scalars stay as written.

    Returns nothing for an empty file; raises `error`.
    """
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(problem, "problem", None) or "there is a character that YAML forbids"
        raise error(
            f"{path}, line {line}: this is not YAML: {what}. Indent with spaces, and put texts "
            "with a colon, a hash or a quote into quotes."
        ) from problem
    if root is None:
        return None
    lines: dict[Location, int] = {}
    is_list = isinstance(root, yaml.SequenceNode)
    data = _Builder(path, lines, error).build(root, (items,) if is_list else ())
    if isinstance(data, list):
        data = {items: data}
    if not isinstance(data, dict):
        raise error(f"{path}, line 1: give a mapping with `{items}`, or a list of {items}.")
    return Source(path, data, lines)


def raise_problems(source: Source, problems: Iterable[Problem], error: type[SicError]) -> None:
    """Raise one `error` for all problems, each a line, in the order of the file."""
    found = sorted({(source.line(where), message) for where, message in problems})
    if not found:
        return
    shown = [f"{source.path}, line {line}: {message}" for line, message in found[:MOST_ERRORS]]
    if len(found) > MOST_ERRORS:
        shown.append(f"and {len(found) - MOST_ERRORS} more.")
    raise error("\n".join(shown))


def explain(detail: Any, whole: "type[BaseModel]", parts: "Mapping[str, type[BaseModel]]") -> str:
    """Say in words what pydantic found; `parts` are the models under their keys."""
    where: Location = detail["loc"]
    name = str(where[-1]) if where else "file"
    if detail["type"] == "extra_forbidden":
        parent = next((parts[str(p)] for p in reversed(where[:-1]) if str(p) in parts), whole)
        near = get_close_matches(name, parent.model_fields, 1, 0.5)
        known = ", ".join(parent.model_fields)
        hint = f"did you mean `{near[0]}`?" if near else f"there are: {known}."
        return f"unknown key `{name}`; {hint}"
    if detail["type"] == "missing":
        return f"`{name}` is missing."
    if detail["type"] == "literal_error":
        near = get_close_matches(
            str(detail["input"]), detail["ctx"]["expected"].split("'")[1::2], 1
        )
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"`{name}` is {detail['input']!r}: give {detail['ctx']['expected']}.{hint}"
    key = next((str(part) for part in reversed(where) if isinstance(part, str)), "file")
    if detail["type"] == "tuple_type":
        return f"`{key}` must be a list (found {detail['input']!r})."
    return f"`{key}`: {detail['msg'][0].lower()}{detail['msg'][1:]} (found {detail['input']!r})."


class _Builder:
    """Plain data from YAML's nodes; anchors, aliases and keys that stand twice are errors."""

    def __init__(self, path: Path, lines: dict[Location, int], error: type[SicError]) -> None:
        self._path = path
        self._lines = lines
        self._error = error
        self._seen: set[int] = set()

    def build(self, node: yaml.Node, where: Location) -> Any:
        line = node.start_mark.line + 1
        self._lines[where] = line
        if isinstance(node, yaml.ScalarNode):
            empty = node.tag == "tag:yaml.org,2002:null" and node.style is None
            return None if empty else node.value
        if id(node) in self._seen:
            raise self._error(
                f"{self._path}, line {line}: anchors and aliases are not taken; write it out."
            )
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*where, number)) for number, item in enumerate(node.value)]
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(
                    f"{self._path}, line {key.start_mark.line + 1}: a key must be a word."
                )
            if key.value in result:
                line = key.start_mark.line + 1
                raise self._error(f"{self._path}, line {line}: the key {key.value!r} stands twice.")
            result[key.value] = self.build(value, (*where, key.value))
            self._lines[(*where, key.value)] = key.start_mark.line + 1
        return result
