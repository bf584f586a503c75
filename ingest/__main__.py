"""The command line of ingest: `python -m ingest sync | list | verify`."""

import argparse
import json
import sys
from dataclasses import asdict

from ingest.command import folder_options, run_command, sync_progress
from ingest.embed import Embedder
from ingest.manifest import Manifest
from ingest.settings import IngestSettings, load_environment
from ingest.store import Store
from ingest.sync import Summary, require_folder, sync
from ingest.verify import verify


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    environment = load_environment()
    options = _parse(arguments)

    def work() -> int:
        settings = IngestSettings.from_environment(environment, options.corpus, options.store)
        return COMMANDS[options.command](settings, options)

    return run_command(work)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    common = folder_options()
    common.add_argument("--json", action="store_true", help="print JSON for machines")
    parser = argparse.ArgumentParser(prog="python -m ingest", description="Keep the store.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("sync", parents=[common], help="make the store equal to the corpus")
    commands.add_parser("list", parents=[common], help="show the documents and their state")
    commands.add_parser("verify", parents=[common], help="check that every chunk is found")
    return parser.parse_args(arguments)


def _sync(settings: IngestSettings, options: argparse.Namespace) -> int:

    require_folder(settings.documents)
    with Store(settings, create=True) as store, sync_progress() as show:
        summary = sync(store, lambda: Embedder(settings.embedding_model), show)
    if options.json:
        print(json.dumps(asdict(summary), ensure_ascii=False, indent=2))
    else:
        print(_describe(summary))
        for name, reason in summary.failed.items():
            print(f"{printable(name)}: {reason}", file=sys.stderr)
    return 1 if summary.failed else 0


def _describe(summary: Summary) -> str:
    counts = {
        "added": len(summary.added),
        "updated": len(summary.updated),
        "removed": len(summary.removed),
        "unchanged": len(summary.unchanged),
        "failed": len(summary.failed),
    }
    parts = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{parts or 'No documents'}; {summary.chunks:,} chunks in {summary.seconds:.1f} s."


def _list(settings: IngestSettings, options: argparse.Namespace) -> int:
    manifest = Manifest(settings.store)
    entries = list(manifest.entries().values())
    if options.json:
        print(json.dumps([asdict(entry) | {"state": entry.state} for entry in entries], indent=2))
        return 0
    for entry in entries:
        name = printable(entry.name)
        if entry.error:
            print(f"failed  {name}: {entry.error}")
        else:
            pages = f", {entry.pages} pages" if entry.pages else ""
            print(f"ready   {name}: {printable(entry.title)} (chunks: {entry.chunks}{pages})")
    if not entries:
        print(f"No documents: put some in {settings.documents} and run `python -m ingest sync`.")
    return 0


def _verify(settings: IngestSettings, options: argparse.Namespace) -> int:
    with Store(settings) as store:
        differences = verify(store)
        count = len(store.manifest.chunk_ids())
    if options.json:
        print(json.dumps(asdict(differences), indent=2))
    elif not differences:
        print(f"All {count:,} chunks are in, and each is found by its own vector.")
    for what, names in asdict(differences).items():
        if names and not options.json:
            print(f"{what}: {len(names):,} ({', '.join(names[:5])} ...)")
    return 1 if differences else 0


def printable(text: str) -> str:
    """Return text safe to show on a terminal: control characters are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


COMMANDS = {"sync": _sync, "list": _list, "verify": _verify}


if __name__ == "__main__":
    sys.exit(main())
