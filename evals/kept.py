"""Runs that keep their reports in the store, each to be opened, and held against the one before."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evals.compare import compare_reports
from evals.errors import ReportError
from evals.html import comparison_html, report_html
from evals.ledger import Ledger
from evals.machine import code_version
from evals.report import Report, make_report, read_report, write_file, write_report
from evals.run import OnDone, RunOptions, run_suites
from evals.select import load_by_corpus, name_run
from evals.subject import Laboratory
from ingest.settings import IngestSettings

REPORTS = Path("evals", "reports")
"""Below the folder of the store."""
HISTORY = 30
"""Past runs of the same cases that a report shows."""


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report of a store in a line: its folder's name, and what passed."""

    stamp: str
    report: Report
    changes: Mapping[str, int]
    """How many cases changed how since the last run of the same cases; empty without one."""

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(result.passed for result in self.report.results)


def run_and_keep(
    suites: Sequence[Path],
    filters: Sequence[str],
    laboratory: Laboratory,
    ingest: IngestSettings,
    on_done: Callable[[int], OnDone],
) -> KeptReport:
    """Ask suites, and keep the report; `on_done` is given the number of cases. Raises SicError."""
    by_corpus = load_by_corpus(suites, ingest.corpus, filters)
    total = sum(len(suite.cases) for chosen in by_corpus.values() for suite in chosen)
    ledger = Ledger(ingest.store / "evals" / "runs.db")
    started = datetime.now(UTC)
    tell = on_done(total)
    results = []
    for corpus, chosen in by_corpus.items():
        with laboratory.open(corpus, lambda *_: None) as subject:
            results += run_suites(chosen, subject, ledger, RunOptions(), tell)
    name = name_run(results, filters, None)
    passed = sum(result.passed for result in results)
    circumstances = {
        "model": laboratory.chat_model.name.rsplit("/", 1)[-1],
        "embedding model": ingest.embedding_model,
        "code": code_version(),
        "corpora": ", ".join(map(str, by_corpus)),
    }
    history = ledger.record(name, passed, len(results), HISTORY)
    report = make_report(name, results, circumstances, history)
    before = next((one for one in list_reports(ingest) if one.report.name == name), None)
    stamp = f"{started:%Y-%m-%dT%H-%M-%S}"
    folder = ingest.store / REPORTS / stamp
    write_report(report, folder / "report.json")
    write_file(folder / "report.html", report_html(report, None, ""))
    if before is None:
        return KeptReport(stamp, report, {})
    write_file(folder / "comparison.html", comparison_html(before.report, report))
    changes: Counter[str] = Counter(pair.change for pair in compare_reports(before.report, report))
    return KeptReport(stamp, report, changes)


def list_reports(ingest: IngestSettings, most: int = 20) -> list[KeptReport]:
    """Return the latest reports of a store, the last first; those that cannot be read are not."""
    folder = ingest.store / REPORTS
    stamps = sorted((path.parent.name for path in folder.glob("*/report.json")), reverse=True)
    found = []
    for stamp in stamps[:most]:
        try:
            found.append(KeptReport(stamp, read_report(folder / stamp / "report.json"), {}))
        except ReportError:
            continue
    return found
