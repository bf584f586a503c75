"""A file of the corpus -> Document, one reader per format."""

import hashlib
import re
import stat
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from ingest.errors import LoadError
from ingest.schema import Document

MAX_BYTES = 64 * 1024 * 1024
MAX_FRONT_MATTER = 64 * 1024

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_FIRST_KEY = re.compile(r"\s*[A-Za-z_][\w -]*:(?:\s|$)")
_TITLE_LINE = re.compile(r"(?:#{1,6}[ \t]+)?(?P<title>\S.{0,198}?)(?:[ \t]+#*)?")
_SENTENCE_ENDS = (".", "。", "!", "！", "?", "？", ":", "：", ";", "；", ",", "，")


def load_document(path: Path, name: str) -> Document:
    """Read one file. Raises LoadError with the reason and the place, for anything amiss."""
    if "\ufffd" in name:
        raise LoadError("Its name is not UTF-8 text. Rename it.")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(READERS))
        raise LoadError(f"The format {path.suffix or 'without ending'} is not read; {known} are.")
    return reader(_read_bytes(path), name)


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise LoadError("It is not a regular file (a link, a pipe or a device).")
        if status.st_size > MAX_BYTES:
            raise LoadError(
                f"It is {status.st_size:,} bytes long; {MAX_BYTES:,} are the most. Split it."
            )
        return path.read_bytes()
    except OSError as error:
        raise LoadError(f"It cannot be read: {error.strerror or error}.") from error


def _read_text(data: bytes, name: str) -> Document:
    text = _decode(data)
    metadata, body = _split_front_matter(text)
    if not body.strip():
        raise LoadError("It is empty: there is no text in it.")
    if not metadata.get("title") and (title := _first_line_title(body)):
        metadata["title"] = title
    return Document(
        name=name,
        text=body,
        sha256=hashlib.sha256(data).hexdigest(),
        pages=_page_starts(body),
        metadata=metadata,
    )


READERS: Mapping[str, Callable[[bytes, str], Document]] = {".txt": _read_text, ".md": _read_text}


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LoadError(
            f"It is not UTF-8 text: byte 0x{data[error.start]:02x} at {error.start:,}. "
            "Save it as UTF-8."
        ) from error
    if (at := text.find("\0")) >= 0:
        raise LoadError(f"It is not text: it has a NUL character at {at:,}.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the YAML front matter's plain values, and the text behind it."""
    opening = _OPENING.match(text)
    if opening is None:
        return {}, text
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        if _FIRST_KEY.match(text, opening.end()):
            raise LoadError("Its front matter opens with --- on line 1 and is never closed.")
        return {}, text
    block = text[opening.end() : closing.start()]
    if len(block) > MAX_FRONT_MATTER:
        raise LoadError(f"Its front matter is {len(block):,} characters long.")
    values = _parse_yaml(block)
    if not isinstance(values, dict):
        return {}, text
    return _plain_values(values), text[closing.end() :]


def _parse_yaml(block: str) -> object:
    import yaml

    try:
        return yaml.safe_load(block)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise LoadError(f"Its front matter is broken at line {line}: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).split("\n")[0]
        raise LoadError(f"Its front matter is broken: {reason}.") from error


def _plain_values(values: Mapping[object, object]) -> dict[str, str]:
    """Keep scalars and lists of scalars, as text; drop what is nested deeper."""
    plain = {}
    for key, value in values.items():
        items = value if isinstance(value, list) else [value]
        texts = [_scalar(item) for item in items]
        if isinstance(key, str) and all(text is not None for text in texts):
            plain[key.strip().lower()] = ", ".join(text for text in texts if text)
    return plain


def _scalar(value: object) -> str | None:
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, str | int | float):
        return " ".join(str(value).split())
    return "" if value is None else None


def _first_line_title(body: str) -> str | None:
    """Take a short first line that stands by itself as the title."""
    first, _, rest = body.lstrip().partition("\n")
    match = _TITLE_LINE.fullmatch(first.strip())
    stands_alone = not rest.strip() or rest.startswith("\n") or first.startswith("#")
    if match and stands_alone and not match["title"].endswith(_SENTENCE_ENDS):
        return match["title"]
    return None


def _page_starts(text: str) -> tuple[int, ...]:
    """Return where each page starts, if form feeds divide the text into pages."""
    breaks = [match.end() for match in re.finditer("\f", text)]
    return (0, *breaks) if breaks else ()
