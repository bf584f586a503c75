"""RGB: questions with passages that answer, do not, or answer wrongly."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.importers.common import Imported, published_as, read_json_lines

PASSAGES = 5
NOISE_PASSAGES = 3
"""Of the five passages of a noise case: the paper's noise ratio of 0.6."""
_INTEGRATION = "_int"


def import_rgb(folder: Path) -> Iterator[Imported]:
    """Read every `LANGUAGE_KIND.json`; each question becomes one case a task.

    The paper's tasks: answers among noise, refusal (only passages that do not answer),
    integration (two passages put together), and facts that passages state wrongly.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise_no_file(folder)
    for path in paths:
        with published_as(path, "one of RGB's JSONL files"):
            items = read_json_lines(path)
            yield _import_file(path.stem, items)


def raise_no_file(folder: Path) -> None:
    """Say that the folder has none of the files."""
    with published_as(folder, "a folder with RGB's files, such as en_fact.json"):
        raise KeyError("*.json")


def _import_file(stem: str, items: Sequence[Mapping[str, Any]]) -> Imported:
    documents: dict[str, str] = {}
    cases: list[dict[str, Any]] = []
    for item in items:
        for task, passages in _tasks(stem, item):
            names = []
            for number, text in enumerate(passages):
                name = f"{item['id']:03d}-{task}-{number}.txt"
                documents[name] = text
                names.append(name)
            cases.append(_case(item, task, names))
    return Imported(f"rgb-{stem}", "rgb", "RGB (AAAI 2024)", documents, cases)


def _tasks(stem: str, item: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    negative = [text for text in item["negative"] if text.strip()]
    if stem.endswith(_INTEGRATION):
        each = [next(text for text in group if text.strip()) for group in item["positive"]]
        yield "integration", (each + negative)[:PASSAGES]
    else:
        positive = [text for text in item["positive"] if text.strip()]
        kept = positive[: PASSAGES - NOISE_PASSAGES]
        yield "noise", (kept + negative)[:PASSAGES]
    if negative:
        yield "refusal", negative[:PASSAGES]
    if wrong := [text for text in item.get("positive_wrong", []) if text.strip()]:
        yield "counterfactual", wrong[:PASSAGES]


def _case(item: Mapping[str, Any], task: str, names: Sequence[str]) -> dict[str, Any]:
    answers = item["answer"] if isinstance(item["answer"], list) else [item["answer"]]
    if task == "integration":
        groups = [group if isinstance(group, list) else [group] for group in answers]
    elif any(isinstance(answer, list) for answer in answers):
        groups = [answer if isinstance(answer, list) else [answer] for answer in answers]
    else:
        groups = [answers]
    expect: dict[str, Any] = {"contains": groups}
    if task == "refusal":
        expect = {"abstains": True}
    return {
        "id": f"{item['id']:03d}-{task}",
        "question": item["query"],
        "tags": [task],
        "documents": names,
        "expect": expect,
        "reference": {"task": task, "answers": groups},
    }
