"""The folder of the user's documents: which files are in it, and how each looked."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import SettingsError
from ingest.manifest import FileStamp
from ingest.sidecar import SUFFIX

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".sicignore"


def find_ignored(folder: Path, names: Sequence[str]) -> list[str]:
    """Return those names that .sicignore of a folder of documents leaves out."""
    ignored = _read_ignore_file(folder / IGNORE_FILE)
    return [name for name in names if ignored and ignored.match_file(name)]


def require_folder(folder: Path) -> None:
    """Raise SettingsError if there is no such folder of documents."""
    if not folder.is_dir():
        raise SettingsError(
            f"There is no folder {folder}. Make it and put documents there, or choose another "
            "corpus with --corpus or SIC_CORPUS."
        )


def list_documents(folder: Path) -> list[str]:
    """Return the names of the files below a folder of documents. Raises SettingsError."""
    return [name for name, _ in scan_folder(folder)]


def scan_folder(folder: Path) -> Iterator[tuple[str, FileStamp]]:
    """Yield the name and stamp of every document below a folder; links are not followed.

    Hidden files and what .sicignore names are left out; a sidecar belongs to the stamp of its
    document. Raises SettingsError.
    """
    require_folder(folder)
    return _scan(folder, "", _read_ignore_file(folder / IGNORE_FILE))


def _scan(
    folder: Path, prefix: str, ignored: "GitIgnoreSpec | None"
) -> Iterator[tuple[str, FileStamp]]:
    try:
        with os.scandir(folder) as listing:
            entries = {entry.name: entry for entry in listing if not entry.name.startswith(".")}
        for entry in entries.values():
            is_folder = entry.is_dir(follow_symlinks=False)
            name = prefix + _readable(entry.name)
            if ignored and ignored.match_file(name + "/" * is_folder):
                continue
            if is_folder:
                yield from _scan(Path(entry.path), name + "/", ignored)
            elif not _describes(entry.name, entries):
                with suppress(FileNotFoundError):  # gone since the folder was listed
                    yield name, _stamp(entry, entries.get(entry.name + SUFFIX))
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be listed: {error.strerror}. Nothing was changed."
        ) from error


def _describes(name: str, entries: dict[str, "os.DirEntry[str]"]) -> bool:
    """Tell whether a file is the sidecar of a document that is there."""
    return name.endswith(SUFFIX) and name.removesuffix(SUFFIX) in entries


def _stamp(entry: "os.DirEntry[str]", sidecar: "os.DirEntry[str] | None") -> FileStamp:
    status = entry.stat(follow_symlinks=False)
    size, modified, changed = status.st_size, status.st_mtime_ns, status.st_ctime_ns
    stated = ""
    if sidecar is not None:
        beside = sidecar.stat(follow_symlinks=False)
        stated = f"{beside.st_size} {beside.st_mtime_ns} {beside.st_ctime_ns}"
        modified = max(modified, beside.st_mtime_ns)
        changed = max(changed, beside.st_ctime_ns)
    return FileStamp(size, modified, changed, time.time_ns(), stated)


def _read_ignore_file(path: Path) -> "GitIgnoreSpec | None":
    """Return the patterns of a .sicignore; they are written like those of a .gitignore."""
    if not path.is_file():
        return None
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(path.read_text(encoding="utf-8").splitlines())
    except (ValueError, OSError) as error:
        raise SettingsError(f"{path} cannot be used: {error}. Nothing was changed.") from error


def _readable(name: str) -> str:
    """Return a file's name as text; bytes that are not UTF-8 become the replacement character."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
