"""What the commands do: each joins the steps, prints, and returns its exit code."""

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.command import sync_progress
from ingest.settings import IngestSettings
from rag.settings import RagSettings

if TYPE_CHECKING:
    from evals.schema import Result, Suite

Command = Callable[[IngestSettings, RagSettings, argparse.Namespace], int]

IMPORTERS = {
    "wattbot": ("evals.importers.wattbot", "import_wattbot"),
    "rgb": ("evals.importers.rgb", "import_rgb"),
    "nomiracl": ("evals.importers.nomiracl", "import_nomiracl"),
    "tatqa": ("evals.importers.tatqa", "import_tatqa"),
    "xquad": ("evals.importers.squad", "import_squad"),
    "squad": ("evals.importers.squad", "import_squad"),
}


def run(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:
    """Ask suites, score, report, gate."""
    from evals.compare import hold_against, read_baseline, write_baseline
    from evals.ledger import Ledger
    from evals.progress import case_progress
    from evals.report import make_report, write_report
    from evals.run import RunOptions, run_suites
    from evals.subject import Laboratory
    from evals.terminal import describe_report

    baseline = read_baseline(options.baseline) if options.baseline else None
    by_corpus = load_by_corpus(options, ingest)
    ledger = Ledger(ingest.store / "evals" / "runs.db")
    run_options = RunOptions(
        options.repeats, options.jobs, options.timeout, options.fresh, options.restart
    )
    results: list[Result] = []
    with Laboratory(ingest, rag) as laboratory:
        for corpus, suites in by_corpus.items():
            with ExitStack() as stack:
                on_progress = stack.enter_context(sync_progress())
                subject = stack.enter_context(laboratory.open(corpus, on_progress))
                on_done = stack.enter_context(case_progress(suites))
                results += run_suites(suites, subject, ledger, run_options, on_done)
        model = laboratory.chat_model.name
    circumstances = {"model": model}
    report = make_report(results, circumstances)
    folder = options.report or ingest.store / "evals" / "reports"
    write_report(report, folder / "report.json")
    gate = hold_against(results, baseline, options.baseline) if baseline else None
    print(describe_report(report, gate))
    if options.write_baseline:
        write_baseline(options.write_baseline, results, model)
    if gate:
        return 0 if gate.is_open else 1
    return 0 if all(result.passed for result in results) else 1


def import_(ingest: IngestSettings, _: RagSettings, options: argparse.Namespace) -> int:
    """Turn published files into suites with their corpus."""
    from evals.importers.common import sample_cases, write_imported

    module, name = IMPORTERS[options.kind]
    output = options.output or ingest.store / "evals" / "imported"
    for whole in getattr(import_module(module), name)(options.folder):
        imported = sample_cases(whole, options.sample, options.seed) if options.sample else whole
        path = write_imported(imported, output)
        count = f"{len(imported.cases)} cases over {len(imported.documents)} documents"
        print(f"{path}: {count}", file=sys.stderr)
    return 0


COMMANDS: Mapping[str, Command] = {"run": run, "import": import_}


def load_by_corpus(
    options: argparse.Namespace, ingest: IngestSettings
) -> dict[Path, list["Suite"]]:
    """Load the suites of a command, select their cases, and group them by corpus."""
    from evals.corpus import corpus_folder
    from evals.errors import SuiteError
    from evals.load import load_suite, suite_files
    from evals.run import select_cases

    by_corpus: dict[Path, list[Suite]] = {}
    names: set[str] = set()
    for file in suite_files(options.suites):
        suite = load_suite(file, ingest.corpus)
        corpus = corpus_folder(suite, file, ingest.corpus)
        if suite.name in names:
            raise SuiteError(f"{file}, line 1: another suite is named {suite.name}, too.")
        names.add(suite.name)
        kept = select_cases([suite], options.filter, options.sample, options.seed)
        if kept:
            by_corpus.setdefault(corpus, []).extend(kept)
    if not by_corpus:
        raise SuiteError("No case is left to run: see --filter.")
    return by_corpus
