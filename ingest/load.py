"""A file of the corpus -> Document, read in a bounded child process."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

from ingest.errors import LoadError
from ingest.formats import READERS
from ingest.reader import MAX_CHARACTERS, MEMORY_BYTES, seconds_for
from ingest.schema import Document
from ingest.sidecar import SUFFIX, read_sidecar
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
        stated = read_sidecar(path)
        reply = self._ask(path, stated.pop("encoding", None))
        metadata = reply["metadata"] | stated
        if not metadata.get("title") and (title := first_line_title(reply["text"])):
            metadata["title"] = title
        return Document(
            name=name,
            text=reply["text"],
            sha256=reply["sha256"],
            pages=tuple(reply["pages"]),
            metadata=metadata,
        )

    def _ask(self, path: Path, encoding: str | None) -> Mapping[str, Any]:
        """Let the child read a file. Raises LoadError.

        One that is too much for its memory is given to a fresh child once more: what the files
        before left there is not held against it.
        """
        fresh = self._reader is None
        self._reader = self._reader or _Reader()
        try:
            reply = self._reader.read(path, encoding)
        except _ReaderEndedError as error:
            self._end()
            if fresh or self._closed or not error.for_memory:
                raise LoadError(str(error)) from error
            return self._ask(path, encoding)
        if "error" in reply:
            raise LoadError(reply["error"])
        return reply


def load_document(path: Path, name: str) -> Document:
    """Read one file; for many, share a Loader. Raises LoadError."""
    with Loader() as loader:
        return loader.load(path, name)


class _ReaderEndedError(Exception):
    """The child process came to an end over a file; the text says why."""

    def __init__(self, reason: str, *, for_memory: bool = False) -> None:
        super().__init__(reason)
        self.for_memory = for_memory


class _Reader:
    """The child process from the parent's side. It ends with its standard input."""

    def __init__(self) -> None:
        self._log: IO[bytes] = TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        )

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def read(self, path: Path, encoding: str | None) -> Mapping[str, Any]:
        """Return the child's reply. Raises _ReaderEndedError with the reason."""
        assert self._process.stdin
        assert self._process.stdout
        request = json.dumps({"path": str(path.absolute()), "encoding": encoding})
        seconds = WAIT_FACTOR * seconds_for(_size(path))
        timer = threading.Timer(seconds, self._process.kill)
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

    def _why_ended(self, path: Path) -> _ReaderEndedError:
        self._process.kill()
        code = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        last = lines[-1][:200] if lines else ""
        if "MemoryError" in last or -code == signal.SIGABRT:
            most = MEMORY_BYTES // 1024**2
            return _ReaderEndedError(
                f"Reading it takes more than {most} MiB of memory.", for_memory=True
            )
        if -code in (signal.SIGKILL, getattr(signal, "SIGXCPU", signal.SIGKILL)):
            seconds = seconds_for(_size(path))
            return _ReaderEndedError(f"Reading it takes more than {seconds:.0f} seconds.")
        if code < 0:
            how = signal.Signals(-code).name
            return _ReaderEndedError(f"It is damaged: its reader ended with {how}.")
        return _ReaderEndedError(f"It is damaged, or not of its format ({last}).")


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
