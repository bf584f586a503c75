"""The command line of evals: `python -m evals bench | abstention`."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from ingest.command import folder_options, run_command
from ingest.errors import SettingsError
from ingest.settings import IngestSettings, load_environment
from rag.settings import RagSettings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    environment = load_environment()
    options = _parse(arguments)

    def work() -> int:
        ingest = IngestSettings.from_environment(environment, options.corpus, options.store)
        rag = RagSettings.from_environment(environment)
        return COMMANDS[options.command](ingest, rag, options)

    return run_command(work)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    common = folder_options()
    parser = argparse.ArgumentParser(prog="python -m evals", description="Measure.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    bench = commands.add_parser("bench", parents=[common], help="speed and memory, as ratios")
    bench.add_argument("--questions", type=Path, help="one a line (default: examples.txt)")
    bench.add_argument("--json", action="store_true", help="print JSON for machines")
    abstention = commands.add_parser(
        "abstention", parents=[common], help="answers and abstentions on a set like SQuAD"
    )
    abstention.add_argument("file", type=Path, help="JSON in SQuAD's format, such as XQuAD's")
    abstention.add_argument("--sample", type=int, default=20, help="questions (default: 20)")
    abstention.add_argument("--seed", type=int, default=11, help="which sample (default: 11)")
    return parser.parse_args(arguments)


def _bench(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:
    from evals.bench import bench

    path = options.questions or ingest.corpus / "examples.txt"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from error
    questions = [line.strip() for line in lines if line.strip()]
    for figure in bench(ingest, rag, questions):
        if options.json:
            print(json.dumps(asdict(figure), ensure_ascii=False), flush=True)
        else:
            of = f" of {figure.of}" if figure.of else ""
            print(f"{figure.name:45} {figure.value:10.2f} {figure.unit}{of}", flush=True)
    return 0


def _abstention(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:
    from evals.abstention import measure_abstention

    counts = measure_abstention(options.file, options.sample, options.seed, ingest, rag)
    print(json.dumps(asdict(counts)))
    return 0


COMMANDS = {"bench": _bench, "abstention": _abstention}


if __name__ == "__main__":
    sys.exit(main())
