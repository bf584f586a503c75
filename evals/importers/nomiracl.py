"""NoMIRACL: ten passages a question, with the answer among them or not."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evals.importers.common import Imported, published_as, read_json_lines

_PROMPT = re.compile(r"QUESTION:\n(?P<question>.*?)\n\nCONTEXTS:\n(?P<contexts>.*)", re.DOTALL)
_END = re.compile(r"\n\n(?:OUTPUT|ANSWER):.*\Z", re.DOTALL)
_CONTEXT = re.compile(r"^\[\d+\] ", re.MULTILINE)


def import_nomiracl(folder: Path) -> Iterator[Imported]:
    """Read `LANGUAGE.relevant.jsonl` and `LANGUAGE.non_relevant.jsonl`. Raises SuiteError."""
    languages = sorted({path.name.split(".")[0] for path in folder.glob("*.relevant.jsonl")})
    if not languages:
        with published_as(folder, "a folder with NoMIRACL's files, such as en.relevant.jsonl"):
            raise KeyError("*.relevant.jsonl")
    for language in languages:
        documents: dict[str, str] = {}
        cases: list[dict[str, Any]] = []
        for subset in ("relevant", "non_relevant"):
            path = folder / f"{language}.{subset}.jsonl"
            with published_as(path, "one of NoMIRACL's files of prompts"):
                cases += [_case(item, subset, documents) for item in read_json_lines(path)]
        description = f"NoMIRACL (2024), {language}: answer, or say that it is not there"
        yield Imported(f"nomiracl-{language}", "nomiracl", description, documents, cases)


def _case(item: Mapping[str, Any], subset: str, documents: dict[str, str]) -> dict[str, Any]:
    prompt = _PROMPT.search(item["prompt"])
    if prompt is None:
        raise ValueError(f"the prompt of {item['query_id']} has no question and contexts")
    contexts = _CONTEXT.split(_END.sub("", prompt["contexts"]))[1:]
    names = []
    for docid, text in zip(item["docids"], contexts, strict=True):
        name = docid.replace("#", "-") + ".txt"
        documents[name] = text.strip()
        names.append(name)
    relevant = subset == "relevant"
    return {
        "id": f"{subset}-{item['query_id']}",
        "question": prompt["question"].strip(),
        "tags": [subset],
        "documents": names,
        "expect": {"abstains": not relevant},
        "reference": {"relevant": relevant},
    }
