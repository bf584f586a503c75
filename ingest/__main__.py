"""The command line of ingest: `python -m ingest sync | add | remove | list | verify | repair`."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

from ingest.add import add_documents, remove_document
from ingest.command import folder_options, printable, run_command, sync_progress
from ingest.embed import Embedder
from ingest.errata import ErrataReader
from ingest.errors import SicError
from ingest.folder import require_folder
from ingest.manifest import Entry, Manifest
from ingest.repair import repair
from ingest.settings import IngestSettings, load_environment
from ingest.store import Store
from ingest.sync import Summary, count_waiting, sync
from ingest.verify import Differences, verify
from ingest.watch import watch_folder


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

    def command(name: str, what: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=what, description=what)

    syncing = command("sync", "make the store equal to the corpus")
    syncing.add_argument("--watch", action="store_true", help="go on, and follow every change")
    adding = command("add", "copy files, folders and zip files into the corpus, and sync")
    adding.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    adding.add_argument("--replace", action="store_true", help="replace documents of the same name")
    removing = command("remove", "delete a document from the corpus, and sync")
    removing.add_argument("name", metavar="NAME", help="as `list` shows it")
    command("list", "show the documents and their state")
    command("verify", "check that every chunk is found and quoted right")
    command("repair", "rebuild what verify finds broken, from the documents")
    return parser.parse_args(arguments)


def _sync(settings: IngestSettings, options: argparse.Namespace) -> int:
    require_folder(settings.documents)
    load_embedder = cache(lambda: Embedder(settings.embedding_model))
    with Store(settings, create=True) as store:
        if options.watch:
            print(f"Following {settings.documents}; Ctrl-C ends it.", file=sys.stderr)
            watch_folder(settings.documents, partial(_try_sync, store, load_embedder, options))
        return _sync_once(store, load_embedder, options)


def _try_sync(
    store: Store, load_embedder: Callable[[], Embedder], options: argparse.Namespace
) -> None:
    """Sync; what cannot be done now is said, and may be done at the next change."""
    try:
        _sync_once(store, load_embedder, options)
    except SicError as error:
        print(printable(str(error)), file=sys.stderr)


def _sync_once(
    store: Store, load_embedder: Callable[[], Embedder], options: argparse.Namespace
) -> int:
    with sync_progress() as show:
        summary = sync(store, load_embedder, show)
    _report(summary, options)
    return 1 if summary.failed else 0


def _add(settings: IngestSettings, options: argparse.Namespace) -> int:
    require_folder(settings.documents)
    with Store(settings, create=True) as store:  # first, so that nothing is copied in vain
        added = add_documents(settings.documents, options.paths, replace=options.replace)
        for name in added.present:
            print(f"{printable(name)} is there already.", file=sys.stderr)
        for name in added.skipped:
            print(f"{printable(name)} is left out: its format is not read.", file=sys.stderr)
        return _sync_once(store, lambda: Embedder(settings.embedding_model), options)


def _remove(settings: IngestSettings, options: argparse.Namespace) -> int:
    require_folder(settings.documents)
    with Store(settings, create=True) as store:
        remove_document(settings.documents, options.name)
        return _sync_once(store, lambda: Embedder(settings.embedding_model), options)


def _report(summary: Summary, options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(asdict(summary), ensure_ascii=False, indent=2), flush=True)
        return
    counts = {
        "added": len(summary.added),
        "updated": len(summary.updated),
        "renamed": len(summary.renamed),
        "removed": len(summary.removed),
        "unchanged": len(summary.unchanged),
        "failed": len(summary.failed),
    }
    parts = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    print(
        f"{parts or 'No documents'}; {summary.chunks:,} chunks, {summary.embedded:,} of them "
        f"embedded now, in {summary.seconds:.1f} s.",
        flush=True,
    )
    for name, reason in summary.failed.items():
        print(f"{printable(name)}: {printable(reason)}", file=sys.stderr)


def _list(settings: IngestSettings, options: argparse.Namespace) -> int:
    manifest = Manifest(settings.store)
    entries = list(manifest.entries().values())
    registry = ErrataReader(settings, manifest).read()
    errata = {entry.name: len(registry.of_document(entry.name)) for entry in entries}
    if options.json:
        shown = [
            asdict(entry) | {"state": entry.state, "errata": errata[entry.name]}
            for entry in entries
        ]
        print(json.dumps(shown, indent=2))
        return 0
    for entry in entries:
        print(_describe(entry, errata[entry.name]))
    for problem in registry.problems:
        print(printable(problem), file=sys.stderr)
    if not entries:
        print(f"No documents: put some in {settings.documents} and run `python -m ingest sync`.")
    return 0


def _describe(entry: Entry, errata: int) -> str:
    name = printable(entry.name)
    if entry.error:
        return f"failed  {name}: {printable(entry.error)}"
    details = [f"chunks: {entry.chunks}"]
    details += [f"pages: {entry.pages}"] * bool(entry.pages)
    details += [f"errata: {errata}"] * bool(errata)
    details += [f"encoding: {entry.encoding}"] * bool(entry.encoding)
    return f"ready   {name}: {printable(entry.title)} ({', '.join(details)})"


def _verify(settings: IngestSettings, options: argparse.Namespace) -> int:
    with Store(settings) as store:
        differences = verify(store)
        count = len(store.manifest.chunk_ids())
        waiting = count_waiting(store) if settings.documents.is_dir() else 0
        problems = ErrataReader(settings, store.manifest).read().problems
    if options.json:
        print(json.dumps(asdict(differences) | {"errata": problems}, indent=2))
    elif differences:
        _print_differences(differences)
        print("`python -m ingest repair` mends it.", file=sys.stderr)
    else:
        print(f"All {count:,} chunks are in, and each is found by its own vector.")
    if waiting:
        print(
            f"{waiting:,} files in {settings.documents} are new, changed or gone since the last "
            "sync: `python -m ingest sync` takes that over.",
            file=sys.stderr,
        )
    for problem in problems:
        print(printable(problem), file=sys.stderr)
    return 1 if differences or problems else 0


def _repair(settings: IngestSettings, options: argparse.Namespace) -> int:
    require_folder(settings.documents)
    with sync_progress() as show:
        done = repair(settings, lambda: Embedder(settings.embedding_model), show)
    if options.json:
        print(json.dumps(asdict(done), ensure_ascii=False, indent=2))
        return 1 if done.left or done.summary.failed else 0
    if done.found is not None:
        _print_differences(done.found)
    if done.anew:
        print("The store could not be mended in parts and was made anew.")
    elif not done.found:
        print("Nothing was broken.")
    _report(done.summary, options)
    if done.left:
        print("It is still broken, which points to the disk:", file=sys.stderr)
        _print_differences(done.left)
    return 1 if done.left or done.summary.failed else 0


def _print_differences(differences: Differences) -> None:
    for what, names in asdict(differences).items():
        if names:
            shown = ", ".join(printable(name) for name in names[:5])
            print(f"{what}: {len(names):,} ({shown}{', …' * (len(names) > 5)})")


COMMANDS = {
    "sync": _sync,
    "add": _add,
    "remove": _remove,
    "list": _list,
    "verify": _verify,
    "repair": _repair,
}


if __name__ == "__main__":
    sys.exit(main())
