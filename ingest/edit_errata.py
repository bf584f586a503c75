"""Errata into the registry and out of it: by whole files, checked before they are written.

The file stays its writer's: an entry is put behind the others or cut out, and the rest, comments
included, is left as it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from ingest.errata import (
    ErrataFile,
    ErratumEntry,
    anchor,
    parse_errata,
    read_errata,
    write_whole,
)
from ingest.errors import ErrataError
from ingest.manifest import Manifest
from ingest.settings import IngestSettings


def add_erratum(path: Path, entry: dict[str, Any], manifest: Manifest) -> ErratumEntry:
    """Put an entry behind those of a file. Raises ErrataError, and the file is as it was.

    Its faulty words must stand in its document.
    """
    with _editing(path) as file:
        text = file.text.rstrip("\n")
        shown = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=96)
        changed = f"{text}\n\n{shown}" if text else shown
        return _write(path, changed, manifest, entry["id"])


def remove_erratum(path: Path, id_: str) -> ErratumEntry:
    """Take an entry out of a file, and return it. Raises ErrataError."""
    with _editing(path) as file:
        entry = find_entry(file, id_)
        starts = [file.line(one) - 1 for one in file.entries] + [len(file.text.splitlines())]
        at = file.entries.index(entry)
        lines = file.text.splitlines(keepends=True)
        end = starts[at + 1]
        while end > starts[at] + 1 and _is_aside(lines[end - 1]):
            end -= 1  # comments before the next entry are of that one
        changed = "".join(lines[: starts[at]] + lines[end:])
        parse_errata(path, changed)
        write_whole(path, changed)
        return entry


def move_erratum(source: Path, target: Path, id_: str, manifest: Manifest) -> ErratumEntry:
    """Move an entry from one file to another: it is accepted, or withdrawn. Raises ErrataError.

    It is added before it is removed: a crash between the two leaves it in both.
    """
    entry = find_entry(read_errata(source), id_)
    added = add_erratum(target, to_plain(entry), manifest)
    remove_erratum(source, id_)
    return added


def find_entry(file: ErrataFile, id_: str) -> ErratumEntry:
    """Return the entry of a file by its id. Raises ErrataError, which names the nearest."""
    for entry in file.entries:
        if entry.id == id_:
            return entry
    near = get_close_matches(id_, [entry.id for entry in file.entries], 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise ErrataError(f"There is no erratum {id_} in {file.source.path}.{hint}")


def to_plain(entry: ErratumEntry) -> dict[str, Any]:
    """Return an entry as plain data, as it stands in a file, without what it leaves out."""
    return entry.model_dump(mode="json", exclude_unset=True)


def free_id(settings: IngestSettings, words: str) -> str:
    """Return an id made of some words that no erratum has, in force or proposed."""
    files = map(read_errata, (settings.errata, settings.proposed_errata))
    taken = {entry.id for file in files for entry in file.entries}
    parts = "".join(c if c.isascii() and c.isalnum() else " " for c in words.lower()).split()
    stem = "-".join(parts[:5])[:50].strip("-") or "erratum"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _write(path: Path, text: str, manifest: Manifest, id_: str) -> ErratumEntry:
    """Write a file in which an entry is new, if that is as it should be."""
    file = parse_errata(path, text)
    entry = find_entry(file, id_)
    registry = anchor(file, manifest.document, list(manifest.hashes()))
    if id_ not in {one.id for one in registry.errata}:
        stale = f"`{id_}` is stale: "
        mine = [one.split(stale, 1)[1] for one in registry.problems if stale in one]
        told = [one[:1].upper() + one[1:] for one in mine]
        raise ErrataError("\n".join([*told, "Nothing was written."]))
    write_whole(path, text)
    return entry


@contextmanager
def _editing(path: Path) -> Iterator[ErrataFile]:
    """Yield a file as it is, while no other process edits it."""
    with FileLock(path.with_name(f".{path.name}.lock")):
        yield read_errata(path)


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
