"""The memory of runs: every answer as it comes, so that nothing is asked twice.

One SQLite file. An answer is kept under a key of all that it depends on, in one transaction, so
a run that was killed goes on where it was, and a second run with nothing changed asks nothing.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from evals.errors import ReportError
from evals.schema import Attempt

_SCHEMA = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, started TEXT NOT NULL, finished TEXT
);
CREATE TABLE headlines (
    name TEXT NOT NULL, made TEXT NOT NULL, passed INTEGER NOT NULL, total INTEGER NOT NULL
);
CREATE TABLE answers (
    key TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs(id), attempt TEXT NOT NULL,
    PRIMARY KEY (key, run)
) WITHOUT ROWID;
CREATE TABLE verdicts (key TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID;
"""
_VERSION = 2
_ATTEMPT = TypeAdapter(Attempt)


@dataclass(frozen=True, slots=True)
class PastRun:
    """A finished run in a line: when, and how many of its cases passed."""

    made: str
    passed: int
    total: int


class Ledger:
    """The answers and runs in one file. Threads may share it. Raises ReportError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ReportError(f"{path.parent} cannot be made: {error.strerror}.") from error
        with self._open() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
            elif version != _VERSION:
                raise ReportError(
                    f"{path} was made by another version of Sic. Delete it: it only remembers "
                    "answers, which are then asked for again."
                )

    def begin(self, key: str) -> int:
        """Return the number of the unfinished run under a key, or of a new one."""
        with self._open() as db:
            row = db.execute(
                "SELECT id FROM runs WHERE key = ? AND finished IS NULL ORDER BY id DESC", (key,)
            ).fetchone()
            if row:
                return int(row[0])
            made = db.execute("INSERT INTO runs (key, started) VALUES (?, ?)", (key, _now()))
            return int(made.lastrowid or 0)

    def find(self, key: str, run: int, *, others: bool) -> Attempt | None:
        """Return the answer under a key: this run's, or the newest of all."""
        with self._open() as db:
            row = db.execute(
                "SELECT attempt FROM answers WHERE key = ? AND (run = ? OR ?) ORDER BY run DESC",
                (key, run, others),
            ).fetchone()
        return _ATTEMPT.validate_json(row[0]) if row else None

    def keep(self, key: str, run: int, attempt: Attempt) -> None:
        """Keep an answer."""
        with self._open() as db:
            db.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)",
                (key, run, _ATTEMPT.dump_json(attempt).decode()),
            )

    def find_verdict(self, key: str) -> str | None:
        """Return what a model judge replied under a key."""
        with self._open() as db:
            row = db.execute("SELECT reply FROM verdicts WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def keep_verdict(self, key: str, reply: str) -> None:
        """Keep what a model judge replied."""
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", (key, reply))

    def finish(self, run: int) -> None:
        """Note that a run is done."""
        with self._open() as db:
            db.execute("UPDATE runs SET finished = ? WHERE id = ?", (_now(), run))

    def record(self, name: str, passed: int, total: int, most: int) -> list[PastRun]:
        """Note what came of a run; return the last `most` of its name, this one at the end."""
        with self._open() as db:
            db.execute("INSERT INTO headlines VALUES (?, ?, ?, ?)", (name, _now(), passed, total))
            rows = db.execute(
                "SELECT made, passed, total FROM headlines WHERE name = ?"
                " ORDER BY rowid DESC LIMIT ?",
                (name, most),
            ).fetchall()
        return [PastRun(*row) for row in reversed(rows)]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.path, timeout=30)
            try:
                with db:
                    yield db
            finally:
                db.close()
        except sqlite3.Error as error:
            raise ReportError(
                f"{self.path} cannot be read or written ({error}). It only remembers answers: "
                "delete it if it is damaged."
            ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
