"""What a reader says of an answer, right or wrong, as a case of the corpus's own suite."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from evals.errors import SuiteError
from evals.load import load_suite
from evals.new import SCHEMA, case_text
from evals.report import write_file
from rag.schema import Answer

SUITES = "evals"
"""The folder of a corpus's own suites."""
_HEADER = """\
# yaml-language-server: $schema={schema}
# Cases that readers made of answers, on the page. Mend them as any other suite: docs/evals.md.
name: feedback
corpus: ..
cases:
"""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader says of an answer: that it is right, or what a right one has.

    A right answer to a question that the documents do not answer `abstains`; else it `says` some
    words, each one a line of alternatives divided by "|".
    """

    is_right: bool
    why: str
    says: tuple[str, ...] = ()
    abstains: bool = False


def feedback_file(corpus: Path) -> Path:
    """Return the suite of feedback of a corpus."""
    return corpus / SUITES / "feedback.yaml"


def add_feedback(corpus: Path, before: Sequence[Answer], answer: Answer, given: Feedback) -> str:
    """Add a case about an answer, and the dialogue before it, to a corpus's suite; return its id.

    Raises SuiteError if that is no case, and the suite is as it was.
    """
    path = feedback_file(corpus)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        known = {case.id for case in load_suite(path, corpus).cases} if old else set()
        number = next(n for n in range(1, len(known) + 2) if f"feedback-{n}" not in known)
        case = _make_case(f"feedback-{number}", before, answer, given)
        whole = old or _HEADER.format(schema=SCHEMA.as_uri())
        partial = path.with_name(f".{path.stem}.{os.getpid()}.yaml")
        try:
            write_file(partial, f"{whole.rstrip()}\n{case_text(case)}")
            load_suite(partial, corpus)
            partial.replace(path)
        except SuiteError as error:
            raise SuiteError(str(error).replace(str(partial), str(path))) from error
        finally:
            partial.unlink(missing_ok=True)
    return str(case["id"])


def _make_case(
    id_: str, before: Sequence[Answer], answer: Answer, given: Feedback
) -> dict[str, Any]:
    if given.is_right:
        expect = _expect_the_same(answer)
    elif given.abstains:
        expect = {"abstains": True}
    else:
        groups = [[part.strip() for part in line.split("|")] for line in given.says]
        expect = {"contains": [list(filter(None, group)) for group in groups if any(group)]}
        if not expect["contains"]:
            raise SuiteError("Say what a right answer has in it, or that it should abstain.")
    case: dict[str, Any] = {"id": id_, "question": answer.question}
    if given.why.strip():
        case["why"] = given.why.strip()
    case["tags"] = [answer.language, "feedback"]
    if before:
        case["history"] = [
            turn
            for one in before
            for turn in (
                {"role": "user", "content": one.question},
                {"role": "assistant", "content": one.text},
            )
        ]
    return {**case, "expect": expect}


def _expect_the_same(answer: Answer) -> dict[str, Any]:
    """Return what holds of an answer that is right: its sources, or that it abstains."""
    if answer.abstained:
        return {"abstains": True}
    expect: dict[str, Any] = {}
    if answer.citations:
        expect["cites"] = [
            {"document": one.document, "quote": " ".join(one.quote.split())}
            for one in answer.citations
        ]
    if answer.calculation:
        expect["calculates"] = True
        expect["value"] = {"number": answer.calculation.result.split(" to ")}
    if answer.corrections:
        expect["corrects"] = [one.id for one in answer.corrections]
    return {**expect, "language": answer.language}
