"""Text and Markdown: the encoding found, the front matter taken off."""

import codecs
import re
from collections.abc import Mapping
from datetime import date, datetime

from ingest.errors import LoadError
from ingest.formats.extract import PAGE_BREAK, Extract

MAX_FRONT_MATTER = 64 * 1024
SURE_ENOUGH = 0.15
"""Confidence under which a guessed encoding is not taken. Of 150 pieces of text a length, from 40
characters on, none in GB18030 and one in Windows-1252 was guessed wrong with more."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_FIRST_KEY = re.compile(r"\s*[A-Za-z_][\w -]*:(?:\s|$)")


def read_text(data: bytes, encoding: str | None) -> Extract:
    """Read text; form feeds divide it into pages."""
    text, guessed = decode(data, encoding)
    metadata, body = _split_front_matter(text)
    breaks = [match.end() for match in re.finditer(PAGE_BREAK, body)]
    return Extract(body, (0, *breaks) if breaks else (), guessed | metadata)


def decode(
    data: bytes, encoding: str | None, declared: str | None = None
) -> tuple[str, dict[str, str]]:
    """Return the text of bytes, line ends as line feeds, and the encoding if it was guessed.

    Where the user states none, a byte order mark wins, then strict UTF-8, then what the file itself
    has declared, then a guess, if one stands out. Raises LoadError if none fits.
    """
    stated = encoding or next(
        (name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8"
    )
    found: dict[str, str] = {}
    try:
        text = data.decode(stated)
    except UnicodeDecodeError as error:
        if stated != "utf-8" or encoding:
            raise LoadError(
                f"It is not {stated} text: byte 0x{data[error.start]:02x} at {error.start:,}."
            ) from error
        if declared and _fits(data, declared):
            text = data.decode(declared)
        else:
            guess = _guess(data, error.start)
            text = data.decode(guess)
            found = {"encoding": f"{guess} (guessed)"}
    if (at := text.find("\0")) >= 0:
        raise LoadError(f"It is not text: it has a NUL character at {at:,}.")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), found


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _guess(data: bytes, at: int) -> str:
    import chardet

    best = chardet.detect(data)
    encoding = best["encoding"]
    sure = (best["confidence"] or 0) >= SURE_ENOUGH
    if encoding and sure and _fits(data, encoding):
        return encoding.lower()
    raise LoadError(
        f"It is not UTF-8 text (byte 0x{data[at]:02x} at {at:,}), and which encoding it is cannot "
        "be told. Save it as UTF-8, or state `encoding:` in its .meta.yaml."
    )


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
    values = parse_yaml(block, "Its front matter", lines_before=1)
    if not isinstance(values, dict):
        return {}, text
    return plain_values(values), text[closing.end() :]


def parse_yaml(text: str, what: str, lines_before: int = 0) -> object:
    """Parse YAML safely. Raises LoadError, which says `what` is broken and at which line."""
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = lines_before + 1 + (error.problem_mark.line if error.problem_mark else 0)
        raise LoadError(f"{what} is broken at line {line}: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).split("\n")[0]
        raise LoadError(f"{what} is broken: {reason}.") from error


def plain_values(values: Mapping[object, object]) -> dict[str, str]:
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
