"""The reader's process: paths in, documents out, one at a time, within bounds.

It reads hostile files, so it trusts no parser: its memory, processor time and files are limited
by the system, and it can reach no network. A parser that raises what no reader expects ends it;
`ingest/load.py` names the file and starts another.
"""

import base64
import hashlib
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

from ingest.errors import LoadError
from ingest.sidecar import read_sidecar

MAX_BYTES = 64 * 1024 * 1024
MAX_CHARACTERS = 20_000_000
MAX_LINE = 1_000_000
MEMORY_BYTES = 480 * 1024 * 1024
SECONDS = 4
SECONDS_PER_MIB = 3
LOG_BYTES = 1024 * 1024

_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")


def main() -> None:
    """Serve requests, JSON lines on stdin, until it closes."""
    # What a parser prints goes to the log; replies have a channel of their own.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _confine()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = _draw(**request) if "page" in request else _read(**request)
        except LoadError as error:
            reply = {"error": str(error)}
        replies.write(json.dumps(reply, ensure_ascii=False).encode() + b"\n")
        replies.flush()


def _confine() -> None:
    if sys.platform != "win32":
        import resource
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LOG_BYTES, LOG_BYTES))
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))

    def refuse(event: str, _: object) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(f"A parser tried {event}, which none may.")

    sys.addaudithook(refuse)


def _read(path: str) -> dict[str, Any]:
    from ingest.formats import READERS

    file = Path(path)
    data = _read_bytes(file)
    _limit_time(len(data))
    stated = read_sidecar(file)
    extract = READERS[file.suffix.lower()](data, stated.pop("encoding", None))
    text = _replace_surrogates(extract.text)
    if not text.strip():
        raise LoadError("It is empty: there is no text in it.")
    _check_size(text)
    return {
        "text": text,
        "pages": extract.pages,
        "metadata": {**extract.metadata, **stated},
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _draw(path: str, page: int, text: str, spans: list[tuple[int, int]]) -> dict[str, Any]:
    from ingest.formats.pdf_page import render_page

    data = _read_bytes(Path(path))
    _limit_time(0)  # a page takes no longer in a large file
    drawn = render_page(data, page, text, spans)
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "image": base64.b64encode(drawn.image).decode(),
        "width": drawn.width,
        "height": drawn.height,
        "boxes": drawn.boxes,
    }


def _read_bytes(path: Path) -> bytes:
    try:
        # Not to follow a link, and not to wait for a pipe, that was put there a moment ago.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise LoadError("It is not a regular file (a pipe or a device).")
            if status.st_size > MAX_BYTES:
                raise LoadError(
                    f"It is {status.st_size:,} bytes long; {MAX_BYTES:,} are the most. Split it."
                )
            return file.read()
    except OSError as error:
        if path.is_symlink():
            raise LoadError("It is not a regular file (a link).") from error
        raise LoadError(f"It cannot be read: {error.strerror or error}.") from error


def seconds_for(size: int) -> float:
    """Return how much processor time a file of `size` bytes may take."""
    return SECONDS + SECONDS_PER_MIB * size / 1024**2


def _limit_time(size: int) -> None:
    if sys.platform != "win32":
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        most = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds_for(size)) + 1, most))


def _replace_surrogates(text: str) -> str:
    """Half a character, which no encoding can write, becomes the replacement character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _check_size(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise LoadError(
            f"Its text is {len(text):,} characters long; {MAX_CHARACTERS:,} are the most. Split it."
        )
    if len(text) > MAX_LINE:
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > MAX_LINE:
                raise LoadError(
                    f"Line {number:,} of its text is {len(line):,} characters long; {MAX_LINE:,} "
                    "are the most. Is it a document?"
                )


if __name__ == "__main__":
    main()
