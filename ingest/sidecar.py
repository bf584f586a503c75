"""`NAME.meta.yaml`: what the user states about a document beside it."""

from difflib import get_close_matches
from pathlib import Path

from ingest.errors import LoadError

SUFFIX = ".meta.yaml"
KEYS = ("title", "author", "date", "language", "source", "licence", "encoding")
MAX_BYTES = 64 * 1024


def sidecar_path(path: Path) -> Path:
    """Return where the sidecar of a document is, if it has one."""
    return path.with_name(path.name + SUFFIX)


def read_sidecar(path: Path) -> dict[str, str]:
    """Return what the sidecar of the document at `path` states; nothing without one.

    Raises LoadError with the line of what is wrong.
    """
    file = sidecar_path(path)
    if not file.is_file() or file.is_symlink():
        return {}
    from ingest.formats.plain import parse_yaml, plain_values

    try:
        if file.stat().st_size > MAX_BYTES:
            raise LoadError(f"Its {file.name} is more than {MAX_BYTES:,} bytes long.")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(f"Its {file.name} cannot be read: {error}.") from error
    values = parse_yaml(text, f"Its {file.name}")
    if not isinstance(values, dict):
        raise LoadError(f"Its {file.name} has no lines of `key: value`.")
    try:
        stated = {key: value for key, value in plain_values(values).items() if value}
    except ValueError as error:  # a number too long to be written
        raise LoadError(f"Its {file.name} is broken: {error}.") from error
    for key in values:
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, 1)
            hint = f" Is {near[0]!r} meant?" if near else f" Known are {', '.join(KEYS)}."
            raise LoadError(f"Its {file.name} has the unknown key {str(key)[:40]!r}.{hint}")
    _check_encoding(stated.get("encoding"), file.name)
    return stated


def _check_encoding(encoding: str | None, file: str) -> None:
    try:
        "x".encode(encoding or "utf-8")
    except (LookupError, ValueError) as error:
        raise LoadError(
            f"Its {file} names the encoding {encoding!r}, which is not known."
        ) from error
