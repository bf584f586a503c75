"""A report as a table for the terminal."""

from collections.abc import Iterable, Iterator
from textwrap import shorten

from evals.compare import Gate
from evals.report import LESS_IS_BETTER, Report
from evals.schema import Result
from evals.statistics import Estimate
from evals.text import unescape

MOST_FAILURES = 40
_BAR = 20
_HEAD = f"{'(↓ less is better)':36}  share  95 % interval   {'':{_BAR}} cases"


def describe_report(report: Report, gate: Gate | None = None) -> str:
    """Return headline, figures, tags and failures, in lines of about a hundred characters."""
    return "\n".join(_lines(report, gate))


def _lines(report: Report, gate: Gate | None) -> Iterator[str]:
    yield ""
    yield from _failure_lines(report)
    yield ""
    yield _HEAD
    yield from map(_row, report.tags)
    if report.figures:
        yield ""
        yield from map(_row, report.figures)
    if report.judge:
        kappa = "" if report.judge.kappa is None else f", kappa {report.judge.kappa:.2f}"
        yield f"{'model judge agrees with the scores':36} {report.judge.share:6.3f}{kappa}"
        apart = [r.id for r in report.results if r.judged not in (None, r.passed)]
        if apart:
            yield f"It judges otherwise on {', '.join(apart[:MOST_FAILURES])}"
    yield ""
    yield from _headlines(report)
    if gate:
        yield gate.headline


def _failure_lines(report: Report) -> Iterator[str]:
    failed = [result for result in report.results if not result.passed]
    for result in failed[:MOST_FAILURES]:
        yield f"✗ {result.id}: {_why(result)}"
        if answer := result.attempts[0].answer:
            yield f"    {shorten(unescape(answer.text), 150, placeholder=' …')}"
    if len(failed) > MOST_FAILURES:
        yield f"  and {len(failed) - MOST_FAILURES} more in the report."
    flaky = [result.id for result in report.results if result.flaky]
    if flaky:
        yield f"Flaky, passing only sometimes: {', '.join(flaky)}"
    if report.false_but_faithful:
        yield "Faithful to the documents, and false: " + ", ".join(report.false_but_faithful)
    if report.drafts:
        yield f"Drafts: {report.drafts}. Review them, and take `draft: true` away."


def _headlines(report: Report) -> Iterator[str]:
    passed = sum(result.passed for result in report.results)
    yield (
        f"{passed} of {len(report.results)} passed "
        f"({report.passed.low:.0%} to {report.passed.high:.0%}, 95 %)"
    )
    if cost := report.cost:
        yield (
            f"{cost.seconds_median:.1f} s an answer (p95 {cost.seconds_p95:.1f} s), "
            f"{cost.tokens_read:.0f} tokens read and {cost.tokens_written:.0f} written for each, "
            f"{cost.peak_mib:,} MiB at the most"
        )


def describe_estimates(estimates: Iterable[Estimate]) -> str:
    """Return a line for each."""
    return "\n".join(map(_row, estimates))


def _row(one: Estimate) -> str:
    bar = "█" * round(_BAR * min(one.value, 1.0))
    interval = f"{one.low:.3f} to {one.high:.3f}"
    name = shorten(one.name, 34) + (" ↓" if one.name in LESS_IS_BETTER else "")
    return f"{name:36} {one.value:6.3f}  {interval}  {bar:{_BAR}} {one.count:5}"


def _why(result: Result) -> str:
    reasons = "; ".join(check.reason for check in result.failures)
    return shorten(reasons, 160, placeholder=" …")
