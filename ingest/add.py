"""Files, folders and zip files -> the folder of documents; and documents out of it."""

import lzma
import os
import shutil
import stat
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from filecmp import cmp
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from ingest.errors import LoadError, SettingsError
from ingest.folder import IGNORE_FILE, find_ignored, list_documents, require_folder
from ingest.formats import READERS
from ingest.formats.archive import check_sizes
from ingest.sidecar import SUFFIX, sidecar_path

MAX_UNPACKED = 2 * 1024**3
_UTF8_NAME = 0x800
_BROKEN_ZIP = (
    *(BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError),
    *(zlib.error, lzma.LZMAError),
)


@dataclass(frozen=True, slots=True)
class Added:
    """Names of what was copied, of what was there already, and of files that are not read."""

    copied: tuple[str, ...]
    present: tuple[str, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to be copied, and the name it gets below the folder of documents."""

    path: Path
    name: str


def add_documents(folder: Path, paths: Sequence[Path], *, replace: bool = False) -> Added:
    """Copy files, the readable ones of folders, and those in zip files, into `folder`.

    All or nothing: everything is checked before the first file is copied. A document of the same
    name with other content is replaced only if `replace` says so. Raises SettingsError.
    """
    require_folder(folder)
    with ExitStack() as stack:
        sources: list[_Source] = []
        skipped: list[str] = []
        for path in paths:
            _require_outside(path, folder)
            found = list(_sources(path, stack))
            if not found:
                raise SettingsError(
                    f"There is no file in {path} but hidden ones and links. Nothing was added."
                )
            for source in found:
                readable = _is_readable(source.name)
                if not readable and source.path == path:
                    raise SettingsError(
                        f"{path}: the format {path.suffix or 'without ending'} is not read; "
                        f"{', '.join(sorted(READERS))} and .zip are. Nothing was added."
                    )
                if readable:
                    sources.append(source)
                else:
                    skipped.append(source.name)
        present = [source for source in sources if _is_same(source, folder)]
        missing = [source for source in sources if source not in set(present)]
        _require_no_clash(folder, missing, replace=replace)
        if ignored := find_ignored(folder, [source.name for source in missing]):
            raise SettingsError(
                f"{ignored[0]} would be left out by {folder / IGNORE_FILE}. Nothing was added."
            )
        for source in missing:
            _copy(source, folder)
    return Added(
        tuple(source.name for source in missing),
        tuple(source.name for source in present),
        tuple(skipped),
    )


def remove_document(folder: Path, name: str, keep_in: Path | None = None) -> None:
    """Delete a document's file and its sidecar, or move them into another folder.

    Raises SettingsError if there is no such document.
    """
    names = list_documents(folder)
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f" Is {near[0]!r} meant?" if near else ""
        raise SettingsError(f"There is no document {name!r} in {folder}.{hint}")
    path = folder / name
    try:
        if keep_in:
            _move(path, keep_in / name)
        else:
            path.unlink()
            sidecar_path(path).unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"{path} cannot be deleted: {error.strerror}.") from error


def restore_document(folder: Path, name: str, kept_in: Path) -> None:
    """Bring a document back that was moved. Raises SettingsError if it is not there, or in use."""
    if name not in list_documents(kept_in):
        raise SettingsError(f"{name} is not kept any more. Add it again.")
    if (folder / name).exists():
        raise SettingsError(f"There is another {name} in {folder} already. Nothing was changed.")
    try:
        _move(kept_in / name, folder / name)
    except OSError as error:
        raise SettingsError(f"{folder / name} cannot be written: {error.strerror}.") from error


def _move(path: Path, target: Path) -> None:
    """Move a document and its sidecar, also to another file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if (sidecar := sidecar_path(path)).is_file():
        shutil.move(sidecar, sidecar_path(target))
    shutil.move(path, target)


def _require_outside(path: Path, folder: Path) -> None:
    own, given = folder.resolve(), path.resolve()
    if given.is_relative_to(own) or own.is_relative_to(given):
        raise SettingsError(
            f"{path} is, or holds, a part of {folder} itself: `python -m ingest sync` takes in "
            "what is there. Nothing was added."
        )


def _is_readable(name: str) -> bool:
    return PurePosixPath(name.removesuffix(SUFFIX)).suffix.lower() in READERS


def _sources(path: Path, stack: ExitStack) -> Iterator[_Source]:
    if path.is_symlink():
        raise SettingsError(
            f"{path} is a link: give the file or folder that it leads to. Nothing was added."
        )
    if not path.exists():
        raise SettingsError(f"There is no file or folder {path}. Nothing was added.")
    if path.is_dir():
        for found in _files(path):
            yield _Source(found, f"{path.resolve().name}/{found.relative_to(path).as_posix()}")
    elif not path.is_file():
        raise SettingsError(f"{path} is a pipe or a device. Nothing was added.")
    elif path.suffix.lower() == ".zip":
        unpacked = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sic-")))
        yield from _unpack(path, unpacked)
    else:
        yield _Source(path, path.name)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, without hidden ones and links."""

    def refuse(error: OSError) -> None:
        raise SettingsError(
            f"{error.filename} cannot be listed: {error.strerror}. Nothing was added."
        ) from error

    for path, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            found = Path(path, name)
            if not name.startswith(".") and found.is_file() and not found.is_symlink():
                yield found


def _unpack(path: Path, folder: Path) -> Iterator[_Source]:
    try:
        with ZipFile(path) as archive:
            check_sizes(archive, path.stat().st_size, MAX_UNPACKED)
            for number, entry in enumerate(archive.infolist()):
                name = _checked_name(entry)
                parts = PurePosixPath(name).parts
                if (
                    entry.is_dir()
                    or not parts
                    or any(part.startswith((".", "__MACOSX")) for part in parts)
                ):
                    continue
                target = folder / str(number)
                with archive.open(entry) as packed, target.open("xb") as file:
                    shutil.copyfileobj(packed, file)
                yield _Source(target, f"{path.stem}/{name}")
    except LoadError as error:
        raise SettingsError(f"{path}: {error} Nothing was added.") from error
    except (*_BROKEN_ZIP, OSError) as error:
        raise SettingsError(f"{path} cannot be unpacked: {error}. Nothing was added.") from error


def _checked_name(entry: ZipInfo) -> str:
    """Return an entry's name. Raises LoadError if it is a link, or leads out of the archive."""
    name = _entry_name(entry)
    path = PurePosixPath(name)
    link = stat.S_ISLNK(entry.external_attr >> 16)
    if link or path.is_absolute() or ".." in path.parts or ":" in name:
        raise LoadError(f"Its entry {name!r} is a link, or leads out of it.")
    return name


def _entry_name(entry: ZipInfo) -> str:
    """Return an entry's name; names that are not marked as UTF-8 are often UTF-8 or GBK."""
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _is_same(source: _Source, folder: Path) -> bool:
    target = folder / source.name
    return target.is_file() and cmp(source.path, target, shallow=False)


def _require_no_clash(folder: Path, sources: Sequence[_Source], *, replace: bool) -> None:
    names = [source.name for source in sources]
    counts = Counter(name.casefold() for name in names)  # some file systems know no case
    for name in names:
        if counts[name.casefold()] > 1:
            raise SettingsError(f"Two of the files are called {name}. Nothing was added.")
        if name.startswith(".") or "/." in name:
            raise SettingsError(f"{name} would be hidden, and not be read. Nothing was added.")
        target = folder / name
        if target.exists() and not (replace and target.is_file()):
            raise SettingsError(
                f"There is another {name} in {folder} already. Nothing was added; to replace it, "
                "use --replace."
            )


def _copy(source: _Source, folder: Path) -> None:
    """Copy a file whole or not at all."""
    target = folder / source.name
    partial = target.with_name(f".sic-{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.path, partial)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SettingsError(f"{target} cannot be written: {error.strerror}.") from error
