"""The command line of evals: `python -m evals run | compare | new | errata | import | ...`."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from evals import commands
from ingest.command import folder_options, run_command
from ingest.settings import IngestSettings, load_environment, read_whole_number
from rag.settings import RagSettings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    environment = load_environment()
    options = _parse(arguments)

    def work() -> int:
        options.chat_url = chat_url(environment)
        ingest = IngestSettings.from_environment(environment, options.corpus, options.store)
        rag = RagSettings.from_environment(environment)
        return commands.COMMANDS[options.command](ingest, rag, options)

    return run_command(work)


def chat_url(environment: Mapping[str, str]) -> str:
    """Return where the page is, for the links of a report."""
    host = environment.get("SIC_HOST") or "127.0.0.1"
    host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 (compared, not bound)
    return f"http://{host}:{read_whole_number(environment, 'SIC_PORT', 7860, 1, 65535)}"


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    common = folder_options()
    parser = argparse.ArgumentParser(prog="python -m evals", description="Measure the answers.")
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = parsers.add_parser("run", parents=[common], help="ask suites, score, report, gate")
    _add_selection(run)
    run.add_argument("--repeats", type=_count, default=1, help="ask each case so often")
    run.add_argument("--jobs", type=_count, default=1, help="cases at once, for hosted models")
    run.add_argument("--timeout", type=_seconds, default=300.0, metavar="S", help="seconds a case")
    run.add_argument("--baseline", type=Path, help="fail on cases that pass in this file")
    run.add_argument("--write-baseline", type=Path, metavar="FILE", help="write this run's as one")
    run.add_argument("--report", type=Path, metavar="DIR", help="default: STORE/evals/reports")
    run.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML for CI")
    run.add_argument("--judge", metavar="MODEL", help="ask a chat model for its verdicts, too")
    run.add_argument("--fresh", action="store_true", help="ask again what other runs have asked")

    compare = parsers.add_parser("compare", help="two reports, case by case")
    compare.set_defaults(corpus=None, store=None)
    compare.add_argument("before", type=Path, help="a report.json")
    compare.add_argument("after", type=Path, help="another")
    compare.add_argument("--html", type=Path, metavar="FILE", help="write the answers side by side")

    new = parsers.add_parser("new", parents=[common], help="write a starter suite of the corpus")
    new.add_argument("output", type=Path, metavar="FILE", help="a new .yaml file")
    new.add_argument("--cases", type=_count, default=30, help="about so many (default: 30)")

    errata = parsers.add_parser(
        "errata", parents=[common], help="write the suite that the corpus's errata yield"
    )
    errata.add_argument("output", type=Path, metavar="FILE", help="a new .yaml file")

    import_ = parsers.add_parser("import", parents=[common], help="published data as suites")
    import_.add_argument("kind", choices=commands.IMPORTERS, help="whose files they are")
    import_.add_argument("folder", type=Path, metavar="DIR", help="the published files")
    import_.add_argument("--sample", type=_count, help="only so many cases of each suite")
    import_.add_argument("--seed", type=int, default=1, help="which sample (default: 1)")
    import_.add_argument("--output", type=Path, metavar="DIR", help="default: STORE/evals/imported")

    retrieval = parsers.add_parser(
        "retrieval", parents=[common], help="recall@k, MRR, nDCG; asks no chat model"
    )
    _add_selection(retrieval)
    retrieval.add_argument("--depth", type=_count, default=10, help="passages (default: 10)")

    parsers.add_parser("schema", help="print the JSON Schema of suites").set_defaults(
        corpus=None, store=None
    )

    bench = parsers.add_parser("bench", parents=[common], help="speed and memory, as ratios")
    bench.add_argument("--questions", type=Path, help="one a line (default: examples.txt)")
    bench.add_argument("--sync", action="store_true", help="measure syncing alone")
    bench.add_argument("--report", type=Path, metavar="FILE", help="write the figures as JSON")
    bench.add_argument("--against", type=Path, metavar="FILE", help="compare with such a report")
    return parser.parse_args(arguments)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("suites", type=Path, nargs="+", metavar="SUITE", help="files or folders")
    parser.add_argument(
        "--filter", action="append", default=[], metavar="TEXT", help="an id, a tag, or words"
    )
    parser.add_argument("--sample", type=_count, help="so many cases of each suite")
    parser.add_argument("--seed", type=int, default=1, help="which sample (default: 1)")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
