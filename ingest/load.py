"""A file of the corpus -> Document, or a page of it as a picture, in a bounded child process."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

from ingest.errors import LoadError, SicError
from ingest.formats import READERS
from ingest.formats.pdf_page import Box, PageImage
from ingest.reader import MAX_CHARACTERS, MEMORY_BYTES, seconds_for
from ingest.schema import Document
from ingest.sidecar import SUFFIX
from ingest.title import first_line_title

WAIT_FACTOR = 5
"""How much longer than its processor time a file may take on a busy machine."""
START = "from ingest.reader import main; main()"
_MAX_REPLY = 8 * MAX_CHARACTERS


class Loader:
    """Reads files, one at a time, in a child process that it starts when needed. Close it."""

    def __init__(self) -> None:
        self._reader: _Reader | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child process, also from another thread; what it is reading fails."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.end()

    def load(self, path: Path, name: str) -> Document:
        """Read one file. Raises LoadError with the reason and the place, for anything amiss."""
        if "\ufffd" in name:
            raise LoadError("Its name is not UTF-8 text. Rename it.")
        if name.endswith(SUFFIX):
            raise LoadError(f"There is no {path.name.removesuffix(SUFFIX)} that it could describe.")
        if path.suffix.lower() not in READERS:
            raise LoadError(
                f"The format {path.suffix or 'without ending'} is not read; "
                f"{', '.join(sorted(READERS))} are. To leave it out, name it in .sicignore."
            )
        reply = self._ask(path, {})
        metadata = reply["metadata"]
        if not metadata.get("title") and (title := first_line_title(reply["text"])):
            metadata["title"] = title
        return Document(
            name=name,
            text=reply["text"],
            sha256=reply["sha256"],
            pages=tuple(reply["pages"]),
            metadata=metadata,
        )

    def draw(
        self, path: Path, document: Document, page: int, spans: Sequence[tuple[int, int]]
    ) -> PageImage:
        """Draw a page of a document's file, and find spans of its text there. Raises LoadError."""
        if not document.can_be_drawn:
            raise LoadError("Only pages of PDF files can be drawn.")
        if not 1 <= page <= len(document.pages):
            raise LoadError(f"It has {len(document.pages)} pages, so no page {page}.")
        first, end = document.pages[page - 1], document.end_of_page(page)
        shown = [(max(one, first) - first, min(other, end) - first) for one, other in spans]
        order = {"page": page, "text": document.text[first:end], "spans": shown}
        reply = self._ask(path, order)
        if reply["sha256"] != document.sha256:
            raise LoadError("Its file has changed since it was read.")
        boxes = tuple(tuple(Box(*box) for box in lines) for lines in reply["boxes"])
        image = base64.b64decode(reply["image"])
        return PageImage(image, reply["width"], reply["height"], boxes)

    def _ask(self, path: Path, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let the child read a file, or draw what is ordered. Raises LoadError.

        Where the child was killed or had no memory, a fresh one gets the file once more: what the
        files before have left there is not held against it.
        """
        if self._closed:
            raise CancelledError
        fresh = self._reader is None
        self._reader = self._reader or _Reader()
        try:
            reply = self._reader.read(path, order)
        except _ReaderEndedError as error:
            self._end()
            if fresh or not error.may_try_again:
                raise LoadError(str(error)) from error
            return self._ask(path, order)
        if "error" in reply:
            raise LoadError(" ".join(reply["error"].split()))  # parsers' words may span lines
        return reply


class _ReaderEndedError(Exception):
    """The child process came to an end over a file; the text says why."""

    def __init__(self, reason: str, *, may_try_again: bool = False) -> None:
        super().__init__(reason)
        self.may_try_again = may_try_again


class _Reader:
    """The child process from the parent's side. It ends with its standard input."""

    def __init__(self) -> None:
        self._late = False
        try:
            self._log: IO[bytes] = TemporaryFile()  # noqa: SIM115
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
            )
        except OSError as error:
            raise SicError(
                f"The process that reads files could not be started: {error.strerror}. Are memory "
                "and the disk of temporary files full?"
            ) from error

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def read(self, path: Path, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the child's reply. Raises _ReaderEndedError with the reason."""
        assert self._process.stdin
        assert self._process.stdout
        request = json.dumps({"path": str(path.absolute()), **order})
        seconds = WAIT_FACTOR * seconds_for(_size(path))
        timer = threading.Timer(seconds, self._stop_late)
        timer.start()
        try:
            self._process.stdin.write(request.encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline(_MAX_REPLY)
        except BrokenPipeError:
            line = b""
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            raise self._why_ended(path)
        reply: Mapping[str, Any] = json.loads(line)
        return reply

    def _stop_late(self) -> None:
        self._late = True
        self._process.kill()

    def _why_ended(self, path: Path) -> _ReaderEndedError:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:  # its reply was too long, and it goes on
            self._process.kill()
            code = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        last = lines[-1][:200] if lines else ""
        how = signal.Signals(-code).name if code < 0 else ""
        if "MemoryError" in last or how == "SIGABRT":
            most = MEMORY_BYTES // 1024**2
            return _ReaderEndedError(
                f"Reading it takes more than {most} MiB of memory.", may_try_again=True
            )
        if self._late or how == "SIGXCPU":
            seconds = seconds_for(_size(path))
            return _ReaderEndedError(f"Reading it takes more than {seconds:.0f} seconds.")
        if how:
            return _ReaderEndedError(
                f"It may be damaged: its reader ended with {how}.", may_try_again=True
            )
        return _ReaderEndedError(f"It is damaged, or not of its format ({last}).")


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
