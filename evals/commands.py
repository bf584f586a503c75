"""What the commands do: each joins the steps, prints, and returns its exit code."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.command import sync_progress
from ingest.errors import SettingsError
from ingest.settings import IngestSettings
from rag.settings import RagSettings

if TYPE_CHECKING:
    from evals.compare import Gate
    from evals.ledger import Ledger
    from evals.report import Report
    from evals.schema import Result, Suite
    from rag.chat_model import ChatModel

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
    from evals.kept import HISTORY, REPORTS
    from evals.ledger import Ledger
    from evals.report import check_writable, make_report
    from evals.select import name_run
    from evals.terminal import describe_report

    baseline = read_baseline(options.baseline) if options.baseline else None
    check_writable([options.write_baseline, options.junit], options.report)
    by_corpus = _load(options, ingest)
    judge = _open_judge(rag, options.judge) if options.judge else None
    ledger = Ledger(ingest.store / "evals" / "runs.db")
    started = datetime.now(UTC)
    try:
        results, circumstances = _ask_all(by_corpus, ledger, ingest, rag, options)
        if judge is not None:
            results = _judge_all(results, ledger, judge)
    except KeyboardInterrupt:
        print("The answers so far are kept: the same command goes on from here.", file=sys.stderr)
        raise
    name = name_run(results, options.filter, options.sample)
    history = ledger.record(name, sum(result.passed for result in results), len(results), HISTORY)
    report = make_report(name, results, circumstances, history)
    whole = not options.filter and options.sample is None
    gate = hold_against(results, baseline, options.baseline, whole=whole) if baseline else None
    print(describe_report(report, gate))
    folder = options.report or ingest.store / REPORTS / f"{started:%Y-%m-%dT%H-%M-%S}"
    _write_files(report, gate, folder, options)
    if options.write_baseline:
        count = write_baseline(options.write_baseline, results, circumstances["model"])
        print(f"Baseline: {options.write_baseline}, {count} cases", file=sys.stderr)
        return 0
    if gate is not None:
        return 0 if gate.is_open else 1
    return 0 if all(result.passed for result in results) else 1


def _load(options: argparse.Namespace, ingest: IngestSettings) -> dict[Path, list["Suite"]]:
    from evals.select import load_by_corpus

    chosen = (options.filter, options.sample, options.seed)
    return load_by_corpus(options.suites, ingest.corpus, *chosen)


def _ask_all(
    by_corpus: Mapping[Path, Sequence["Suite"]],
    ledger: "Ledger",
    ingest: IngestSettings,
    rag: RagSettings,
    options: argparse.Namespace,
) -> tuple[list["Result"], dict[str, str]]:
    """Run the suites corpus by corpus; return the results, and what they ran with in words."""
    from evals.machine import code_version
    from evals.progress import case_progress
    from evals.run import RunOptions, run_suites
    from evals.subject import Laboratory

    run_options = RunOptions(options.repeats, options.jobs, options.timeout, options.fresh)
    results: list[Result] = []
    with Laboratory(ingest, rag) as laboratory:
        for corpus, suites in by_corpus.items():
            with ExitStack() as stack:
                on_progress = stack.enter_context(sync_progress())
                subject = stack.enter_context(laboratory.open(corpus, on_progress))
                on_done = stack.enter_context(case_progress(suites))
                results += run_suites(suites, subject, ledger, run_options, on_done)
        circumstances = {
            "model": laboratory.chat_model.name.rsplit("/", 1)[-1],
            "embedding model": ingest.embedding_model,
            "code": code_version(),
            "repeats": str(options.repeats),
            "corpora": ", ".join(map(str, by_corpus)),
        }
    return results, circumstances


def _open_judge(rag: RagSettings, model: str) -> "ChatModel":
    """Return the model judge. Raises SettingsError before anything is asked."""
    from rag.chat_model import ChatModel

    try:
        return ChatModel(replace(rag, chat_model=model))
    except SettingsError as error:
        raise SettingsError(str(error).replace("SIC_CHAT_MODEL", "--judge")) from error


def _judge_all(results: Sequence["Result"], ledger: "Ledger", judge: "ChatModel") -> list["Result"]:
    from evals.model_judge import judge_results

    try:
        return list(judge_results(results, judge, ledger))
    finally:
        judge.close()


def _write_files(
    report: "Report", gate: "Gate | None", folder: Path, options: argparse.Namespace
) -> None:
    from evals.html import report_html
    from evals.junit import junit_xml
    from evals.report import write_file, write_report

    write_report(report, folder / "report.json")
    write_file(folder / "report.html", report_html(report, gate, options.chat_url))
    if options.junit:
        known = gate.known_failures if gate else ()
        write_file(options.junit, junit_xml(report.results, known))
    print(f"Report: {folder / 'report.html'}", file=sys.stderr)


def compare(_: IngestSettings, __: RagSettings, options: argparse.Namespace) -> int:
    """Compare two reports; fail if a case fails that passed before."""
    from evals.compare import compare_reports
    from evals.html import comparison_html
    from evals.report import read_report, write_file

    before, after = read_report(options.before), read_report(options.after)
    pairs = compare_reports(before, after)
    for pair in pairs:
        if pair.change != "same":
            print(f"{pair.change:14} {pair.id}")
    changes = [pair.change for pair in pairs]
    counts = ", ".join(f"{changes.count(change)} {change}" for change in dict.fromkeys(changes))
    print(f"{before.passed.value:.1%} -> {after.passed.value:.1%} passed; {counts}")
    if options.html:
        write_file(options.html, comparison_html(before, after))
        print(f"Side by side: {options.html}", file=sys.stderr)
    return 1 if "newly failing" in changes else 0


def new(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:
    """Write a starter suite of the user's corpus."""
    from tqdm import tqdm

    from evals.corpus import CorpusDocuments
    from evals.new import check_new_file, write_starter_suite
    from rag.chat_model import ChatModel

    check_new_file(options.output)
    documents = CorpusDocuments(ingest.corpus)
    chat_model = ChatModel(rag)
    try:
        with tqdm(total=options.cases, unit="case", file=sys.stderr, disable=None) as bar:
            count = write_starter_suite(
                options.output, ingest.corpus, documents, chat_model, options.cases, bar.update
            )
    finally:
        chat_model.close()
    print(f"{count} drafts to review: {options.output}", file=sys.stderr)
    return 0


def errata(ingest: IngestSettings, _: RagSettings, options: argparse.Namespace) -> int:
    """Write the suite that the registry of errata yields."""
    from evals.corpus import CorpusDocuments
    from evals.errata import write_errata_suite
    from ingest.errata import anchor, read_errata

    documents = CorpusDocuments(ingest.corpus)
    registry = anchor(read_errata(ingest.errata), documents.get, list(documents))
    for problem in registry.problems:
        print(problem, file=sys.stderr)
    count = write_errata_suite(options.output, ingest.corpus, registry, documents)
    print(f"{count} cases: {options.output}", file=sys.stderr)
    return 1 if registry.problems else 0


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


def retrieval(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:
    """Measure what is found, without asking the chat model."""
    from evals.subject import Laboratory
    from evals.terminal import describe_estimates

    by_corpus = _load(options, ingest)
    with Laboratory(ingest, rag) as laboratory:
        for corpus, suites in by_corpus.items():
            with sync_progress() as on_progress:
                estimates = laboratory.measure_retrieval(corpus, suites, options.depth, on_progress)
            print(", ".join(suite.name for suite in suites))
            print(describe_estimates(estimates))
    return 0


def schema(_: IngestSettings, __: RagSettings, ___: argparse.Namespace) -> int:
    """Print the JSON Schema of suites."""
    from evals.schema import Suite

    print(json.dumps(Suite.model_json_schema(), indent=1))
    return 0


def bench(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:
    """Measure speed and memory; compare with an earlier report."""
    from evals.bench import bench as measure
    from evals.bench import bench_sync, describe_figure, read_figures, write_figures

    earlier = read_figures(options.against) if options.against else []
    if options.sync:
        measured = bench_sync(ingest)
    else:
        path = options.questions or ingest.corpus / "examples.txt"
        measured = measure(ingest, rag, _read_lines(path))
    figures = []
    for figure in measured:
        print(describe_figure(figure, earlier), flush=True)
        figures.append(figure)
    if options.report:
        write_figures(figures, options.report)
    return 0


def _read_lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error
    return [line.strip() for line in lines if line.strip()]


COMMANDS: Mapping[str, Command] = {
    "run": run,
    "compare": compare,
    "new": new,
    "errata": errata,
    "import": import_,
    "retrieval": retrieval,
    "schema": schema,
    "bench": bench,
}
