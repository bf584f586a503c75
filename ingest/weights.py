"""Model weights on disk: found in packages, checked by hash, kept whole in the user's cache."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ingest.errors import WeightsError

BLOCK = 1 << 22


def cache_folder() -> Path:
    """Return the folder for weights: `SIC_CACHE`, else the user's cache folder."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("SIC_CACHE")
    return Path(chosen) if chosen else user_cache_path("sic")


def packaged_file(package: str, name: str) -> Path | None:
    """Find a data file of an installed package by its metadata; nothing of it is imported."""
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return None
    for file in files:
        if file.name == name:
            path = Path(str(file.locate()))
            return path if path.is_file() else None
    return None


def build_once(target: Path, build: Callable[[Path], None]) -> Path:
    """Return `target`, made by `build` if it is not there yet.

    `build` writes to a path beside it, which takes the target's name only when it is whole,
    so a crash leaves nothing half-made; of several processes one builds and the others wait.
    """
    if target.exists():
        return target
    from filelock import FileLock

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_name(target.name + ".lock")):
            if target.exists():
                return target
            partial = target.with_name(target.name + ".partial")
            _remove(partial)
            try:
                build(partial)
                partial.rename(target)
            finally:
                _remove(partial)
    except OSError as error:
        raise WeightsError(
            f"The model cache {target.parent} cannot be written ({error.strerror or error}). "
            "Free some space there, or set SIC_CACHE to another folder."
        ) from error
    return target


def join_checked(parts: Iterable[Path], target: Path, sha256: str, label: str) -> None:
    """Join files in order into `target`. Raises WeightsError if the whole has another hash."""
    from tqdm import tqdm

    parts = list(parts)
    total = sum(part.stat().st_size for part in parts)
    digest = hashlib.sha256()
    with target.open("wb") as out, tqdm(total=total, desc=label, unit="B", unit_scale=True) as bar:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(BLOCK):
                    digest.update(block)
                    out.write(block)
                    bar.update(len(block))
        out.flush()
        os.fsync(out.fileno())
    require_hash(digest.hexdigest(), sha256, label)


def check_file(path: Path, sha256: str, label: str) -> None:
    """Raise WeightsError if the file's SHA-256 is not the publisher's."""
    with path.open("rb") as file:
        require_hash(hashlib.file_digest(file, "sha256").hexdigest(), sha256, label)


def require_hash(found: str, expected: str, label: str) -> None:
    """Raise WeightsError unless both hashes are the same."""
    if found != expected:
        raise WeightsError(
            f"{label}: the weights have SHA-256 {found}, but the publisher's have {expected}. "
            "They were not used. Reinstall them; if it happens again, do not trust their source."
        )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
