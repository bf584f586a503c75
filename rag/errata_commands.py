"""`python -m rag errata list | check | add | propose | accept | reject | remove`."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ingest.command import folder_options, printable
from ingest.edit_errata import add_erratum, free_id, move_erratum, remove_erratum, to_plain
from ingest.errata import ErrataReader, ErratumEntry, find_words, nearest_words, read_errata
from ingest.errors import ErrataError, SettingsError
from ingest.manifest import Manifest
from ingest.settings import IngestSettings

_ASKED = {
    "document": "In which document",
    "wrong": "Its faulty words, as they stand there",
    "right": "What is right, in a sentence",
    "authority": "Who says so (a publication and its year, say)",
}


def add_errata_parser(commands: Any) -> None:
    """Add `errata` and its own commands to those of rag."""
    common = folder_options()
    errata = commands.add_parser(
        "errata", help="known errors of the documents, and their correction"
    )
    parsers = errata.add_subparsers(dest="errata_command", required=True, metavar="COMMAND")
    listed = parsers.add_parser("list", parents=[common], help="those in force, stale or proposed")
    listed.add_argument("--json", action="store_true", help="print them as JSON")
    parsers.add_parser("check", parents=[common], help="does all of it hold? 1 if not")
    for name, help_ in (("add", "put one into force"), ("propose", "leave one to be accepted")):
        added = parsers.add_parser(
            name, parents=[common], help=f"{help_}; asks for what is missing"
        )
        added.add_argument("--document", metavar="NAME", help="as `python -m ingest list` names it")
        added.add_argument("--wrong", metavar="WORDS", help="the faulty words, as they stand there")
        added.add_argument("--right", metavar="TEXT", help="what is right, in a sentence")
        added.add_argument("--right-zh", metavar="TEXT", help="the same in Chinese")
        added.add_argument("--authority", metavar="TEXT", help="who says so")
        added.add_argument("--url", default="", help="where they say so")
        added.add_argument("--id", default="", help="default: made of the faulty words")
        added.add_argument(
            "--qualifies", action="store_true", help="the words are right within limits"
        )
        added.add_argument(
            "--never-say", action="append", default=[], metavar="TEXT", help="a claim to reject"
        )
    for name, help_ in (
        ("accept", "put a proposed one into force"),
        ("reject", "drop a proposed one"),
        ("remove", "take one out of force"),
    ):
        parsers.add_parser(name, parents=[common], help=help_).add_argument("id")


def run_errata(ingest: IngestSettings, options: argparse.Namespace) -> int:
    """Run one of the commands; return its exit code. Raises SicError."""
    manifest = Manifest(ingest.store)
    manifest.require()
    match options.errata_command:
        case "list":
            return _list(ingest, manifest, as_json=options.json)
        case "check":
            return _check(ingest, manifest)
        case "add":
            entry = add_erratum(ingest.errata, _entry(manifest, ingest, options), manifest)
            told = "is in force"
        case "propose":
            proposed = ingest.proposed_errata
            entry = add_erratum(proposed, _entry(manifest, ingest, options), manifest)
            told = f"is proposed; `python -m rag errata accept {entry.id}` puts it into force"
        case "accept":
            entry = move_erratum(ingest.proposed_errata, ingest.errata, options.id, manifest)
            told = "is in force"
        case "reject":
            entry, told = remove_erratum(ingest.proposed_errata, options.id), "is dropped"
        case _:
            entry, told = remove_erratum(ingest.errata, options.id), "is out of force"
    print(f"{entry.id} {told}.")
    return 0


def _list(ingest: IngestSettings, manifest: Manifest, *, as_json: bool) -> int:
    registry = ErrataReader(ingest, manifest).read()
    in_force = [one.entry for one in registry.errata]
    proposed = read_errata(ingest.proposed_errata).entries
    if as_json:
        shown = [to_plain(one) | {"state": "in force"} for one in in_force]
        shown += [to_plain(one) | {"state": "proposed"} for one in proposed]
        print(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _print_entries(in_force, "")
        _print_entries(proposed, " (proposed)")
        if not in_force and not proposed:
            print(f"No errata: `python -m rag errata add`, or write {ingest.errata}.")
    for problem in registry.problems:
        print(printable(problem), file=sys.stderr)
    return 0


def _print_entries(entries: Sequence[ErratumEntry], state: str) -> None:
    for one in entries:
        sign = "" if one.kind == "error" else " (qualifies)"
        print(printable(f"{one.id}{state}{sign}, in {one.document}"))
        print(printable(f"    “{one.wrong}”"))
        print(printable(f"    {next(iter(one.right.values()))} ({one.authority})"))


def _check(ingest: IngestSettings, manifest: Manifest) -> int:
    problems = ErrataReader(ingest, manifest).read().problems
    for problem in problems:
        print(printable(problem), file=sys.stderr)
    read_errata(ingest.proposed_errata)
    if not problems:
        count = len(read_errata(ingest.errata).entries)
        print(f"{count} errata, each with its words in its document.")
    return 1 if problems else 0


def _entry(
    manifest: Manifest, ingest: IngestSettings, options: argparse.Namespace
) -> dict[str, Any]:
    """Return what the options say, and what the asker adds, as an entry."""
    name = _given(options, "document")
    document = manifest.document(name)
    if document is None:
        raise ErrataError(f"There is no document {name} in the store.")
    words = _given(options, "wrong")
    if next(find_words(document, words), None) is None:
        near = nearest_words(document, words)
        told = f"{name} does not have these words. " + (f"Nearest: “{near}”" if near else "")
        if not near or not sys.stdin.isatty():
            raise ErrataError(f"{told} Nothing was written.")
        if input(f"{printable(told)}\nTake that? [y/N] ").strip().lower() not in ("y", "yes"):
            raise ErrataError("Nothing was written.")
        words = near
    right = {"en": _given(options, "right")}
    if options.right_zh:
        right["zh"] = options.right_zh
    entry: dict[str, Any] = {
        "id": options.id or free_id(ingest, words),
        "document": name,
        "kind": "qualifies" if options.qualifies else "error",
        "wrong": words,
        "right": right if len(right) > 1 else right["en"],
        "never_say": options.never_say,
        "authority": _given(options, "authority"),
        "url": options.url,
        "checked": datetime.now().astimezone().date().isoformat(),
    }
    return {key: value for key, value in entry.items() if value}


def _given(options: argparse.Namespace, name: str) -> str:
    """Return an option, or what is typed for it. Raises SettingsError if there is neither."""
    given = str(getattr(options, name) or "").strip()
    if not given and sys.stdin.isatty():
        given = input(f"{_ASKED[name]}? ").strip()
    if not given:
        raise SettingsError(f"An erratum needs --{name}: {_ASKED[name].lower()}.")
    return given
