"""A report, or two side by side, as one HTML file that needs nothing else."""

import base64
import hashlib
import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from evals.compare import Gate, Pair, compare_reports
from evals.describe import describe_expectation
from evals.report import LESS_IS_BETTER, Report
from evals.schema import Result
from evals.text import unescape

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = Path(__file__).parent / "assets"
MOST_CARDS = 500
"""How many failures are shown in full; the others are rows, and whole in the JSON."""
MOST_PAIRS = 500
_TOKEN = re.compile(r"[\u3400-\u9fff]|\w+|\s+|[^\w\s]")


def report_html(report: Report, gate: Gate | None, chat_url: str) -> str:
    """Return a report as a page. `chat_url` is where its links open a question."""
    failures = [result for result in report.results if not result.passed]
    return _page(
        "report.html",
        report=report,
        gate=gate,
        passed=sum(result.passed for result in report.results),
        failures=failures[:MOST_CARDS],
        failure_count=len(failures),
        suites=list(dict.fromkeys(result.suite for result in report.results)),
        history=_history_points(report),
        ask_url=lambda question: f"{chat_url}/?question={quote(question)}",
    )


def comparison_html(before: Report, after: Report) -> str:
    """Return two reports as a page, case by case, with the differences of the answers marked."""
    pairs = compare_reports(before, after)
    changed = [pair for pair in pairs if pair.change != "same"]
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair.change] = counts.get(pair.change, 0) + 1
    return _page(
        "comparison.html",
        before=before,
        after=after,
        counts=counts,
        pairs=[(pair, *_sides(pair)) for pair in changed[:MOST_PAIRS]],
        left_out=max(0, len(changed) - MOST_PAIRS),
    )


def answer_text(result: Result | None) -> str:
    """Return the text of a case's first answer, or why there is none."""
    if result is None:
        return ""
    attempt = result.attempts[0]
    return unescape(attempt.answer.text) if attempt.answer else attempt.error or ""


Piece = tuple[str, bool]
"""Some text, and whether the other side lacks it."""


def _sides(pair: Pair) -> tuple[list[Piece], list[Piece]]:
    """Return both answers in pieces, those marked that the other has not."""
    before = _TOKEN.findall(answer_text(pair.before))
    after = _TOKEN.findall(answer_text(pair.after))
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        left.append(("".join(before[i:j]), tag != "equal"))
        right.append(("".join(after[k:m]), tag != "equal"))
    return left, right


def _history_points(report: Report) -> list[Mapping[str, Any]]:
    """Return the runs of the history as points of a chart, 0 to 100 in both directions."""
    runs = report.history
    if len(runs) < 2:
        return []
    return [
        {
            "x": round(100 * place / (len(runs) - 1), 2),
            "y": round(100 - 100 * run.passed / max(1, run.total), 2),
            "label": f"{run.made[:16].replace('T', ' ')}: {run.passed} of {run.total}",
        }
        for place, run in enumerate(runs)
    ]


def _page(template: str, **context: Any) -> str:
    style = (ASSETS / "report.css").read_text(encoding="utf-8")
    script = (ASSETS / "report.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template(template)
        .render(style=style, script=script, policy=policy, less_is_better=LESS_IS_BETTER, **context)
    )


def _source(text: str) -> str:
    """Return what a content security policy calls an inline style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["expected"] = lambda result: list(describe_expectation(result.case.expect))
    environment.filters["answer_text"] = answer_text
    environment.filters["when"] = lambda time: time[:16].replace("T", " ") + " UTC"
    environment.filters["percent"] = lambda share: f"{100 * share:.1f}".removesuffix(".0") + "%"
    return environment
