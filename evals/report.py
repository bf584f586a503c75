"""Results -> a report: the headline, figures with their intervals, and every case. As JSON, too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from pydantic import TypeAdapter, ValidationError

from evals.errors import ReportError
from evals.ledger import PastRun
from evals.schema import CheckName, Result
from evals.statistics import Agreement, Estimate, estimate, measure_agreement

LESS_IS_BETTER = frozenset(
    {
        "answered, though nothing is there",
        "abstained, though it is there",
        "answered though hidden",
        "truths wrongly corrected",
        "nomiracl error rate",
        "nomiracl hallucination rate",
        "tatqa wrong number",
    }
)
"""The figures that count what went wrong."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the answers took. Seconds and tokens are per answer, memory is MiB."""

    seconds_median: float
    seconds_p95: float
    seconds_total: float
    tokens_read: float
    tokens_written: float
    peak_mib: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that came of a run. `circumstances` are what it ran with, in words."""

    name: str
    made: str
    circumstances: Mapping[str, str]
    results: tuple[Result, ...]
    passed: Estimate
    figures: tuple[Estimate, ...]
    tags: tuple[Estimate, ...]
    cost: Cost | None
    false_but_faithful: tuple[str, ...] = ()
    drafts: int = 0
    judge: Agreement | None = None
    history: tuple[PastRun, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sums:
    """Values by name, in the order in which the names came."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.values.setdefault(name, []).append(value)

    def estimates(self) -> tuple[Estimate, ...]:
        found = (estimate(name, values) for name, values in self.values.items())
        return tuple(one for one in found if one)


def make_report(
    name: str,
    results: Sequence[Result],
    circumstances: Mapping[str, str],
    history: Sequence[PastRun] = (),
) -> Report:
    """Add up the results. There must be at least one."""
    passed = estimate("passed", [float(result.passed) for result in results])
    if passed is None:
        raise ReportError("There is nothing to report: no case was run.")
    tags = _Sums()
    for result in results:
        tags.add(result.suite, result.passed)
    for result in results:
        for tag in result.case.tags:
            if tag != result.suite:
                tags.add(tag, result.passed)
    judged = [result for result in results if result.judged is not None]
    return Report(
        name=name,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        circumstances=dict(circumstances),
        results=tuple(results),
        passed=passed,
        figures=_figures(results),
        tags=tags.estimates(),
        cost=_cost(results),
        false_but_faithful=tuple(r.id for r in results if _is_false_but_faithful(r)),
        drafts=sum(result.case.draft for result in results),
        judge=measure_agreement([bool(r.judged) for r in judged], [r.passed for r in judged]),
        history=tuple(history),
    )


def _figures(results: Sequence[Result]) -> tuple[Estimate, ...]:
    """Return the shares of what was checked, and the means of measures and published figures."""
    checks: Mapping[str, Sequence[CheckName]] = {
        "citations exact": ("exact",),
        "faithful": ("faithful",),
        "true": ("true",),
        "right value or words": ("value", "contains"),
        "right citations": ("cites",),
        "right language": ("language",),
    }
    sums = _Sums()
    for result in results:
        score = result.scores[0]
        answer = result.attempts[0].answer
        for name, parts in checks.items():
            held = [score.holds(part) for part in parts]
            if answer and (name not in ("faithful", "citations exact") or not answer.abstained):
                made = [part for part in held if part is not None]
                if made:
                    sums.add(name, all(made))
        if answer and (should := _should_abstain(result)) is not None:
            name = (
                "answered, though nothing is there" if should else "abstained, though it is there"
            )
            sums.add(name, answer.abstained != should)
        if answer and (expected := result.case.expect.corrects) is not None:
            name = "known errors corrected" if expected else "truths wrongly corrected"
            sums.add(name, score.holds("corrects") is bool(expected))
    for result in results:
        for name, value in result.scores[0].metrics.items():
            sums.add(name, value)
    return sums.estimates()


def _should_abstain(result: Result) -> bool | None:
    expect = result.case.expect
    if expect.abstains is not None:
        return expect.abstains
    return False if expect.value or expect.contains or expect.cites else None


def _is_false_but_faithful(result: Result) -> bool:
    return any(s.holds("true") is False and s.holds("faithful") is True for s in result.scores)


def _cost(results: Iterable[Result]) -> Cost | None:
    attempts = [a for result in results for a in result.attempts if a.answer is not None]
    if not attempts:
        return None
    seconds = sorted(attempt.seconds for attempt in attempts)
    return Cost(
        seconds_median=median(seconds),
        seconds_p95=quantiles(seconds, n=20, method="inclusive")[-1]
        if len(seconds) > 1
        else seconds[0],
        seconds_total=sum(seconds),
        tokens_read=sum(a.tokens_read for a in attempts) / len(attempts),
        tokens_written=sum(a.tokens_written for a in attempts) / len(attempts),
        peak_mib=max(attempt.peak_mib for attempt in attempts),
    )


_REPORT = TypeAdapter(Report)


def write_report(report: Report, path: Path) -> None:
    """Write a report as JSON, whole or not at all. Raises ReportError."""
    write_file(path, _REPORT.dump_json(report, indent=1).decode())


def write_file(path: Path, text: str) -> None:
    """Write a text file, whole or not at all. Raises ReportError."""
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")
        partial.replace(path)
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror}.") from error


def check_writable(files: Sequence[Path | None], folder: Path | None) -> None:
    """Raise ReportError for outputs that cannot be written, before anything is asked."""
    for file in files:
        if file is not None and file.is_dir():
            raise ReportError(f"{file} cannot be written: it is a folder. Give a file.")
    if folder is not None and folder.is_file():
        raise ReportError(f"{folder} cannot be written: it is a file. Give a folder.")


def read_report(path: Path) -> Report:
    """Read a report that `write_report` wrote. Raises ReportError."""
    if path.is_dir():
        path = path / "report.json"
    try:
        return _REPORT.validate_json(path.read_bytes())
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise ReportError(
            f"{path} is not a report that this version reads: give the report.json of a run."
        ) from error
