"""What is in the store, per document: the authority that search, list and verify go by.

One SQLite file. Each call opens its own connection, so threads share a Manifest freely, and a
reader in another process sees the last committed state.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from ingest.errors import StoreDamagedError, StoreError
from ingest.schema import Chunk, Document
from ingest.terms import find_terms

CONTEXT_WEIGHT = 0.5
"""How much a term counts in a chunk's title, headings, file name, author or date."""
CONTEXT_CHARACTERS = 1000
_VERSION = 3
_SCHEMA = """
CREATE TABLE documents (
    name TEXT PRIMARY KEY, size INTEGER, modified_ns INTEGER, changed_ns INTEGER, seen_ns INTEGER,
    sidecar TEXT, error TEXT, sha256 TEXT, pages TEXT, metadata TEXT, text TEXT
) WITHOUT ROWID;
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, document TEXT NOT NULL,
    position INTEGER NOT NULL, text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    page INTEGER, headings TEXT NOT NULL, table_header TEXT NOT NULL
);
CREATE VIRTUAL TABLE terms USING fts5 (text, context, tokenize = 'porter unicode61');
CREATE INDEX chunks_by_document ON chunks (document, position);
CREATE INDEX documents_by_content ON documents (sha256);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Size in bytes and times in nanoseconds of a file, as seen at `seen_ns`.

    The times are the later ones of the file and its sidecar; `sidecar` tells how that one looked.
    """

    size: int
    modified_ns: int
    changed_ns: int
    seen_ns: int
    sidecar: str = ""

    def proves_unchanged(self, now: "FileStamp") -> bool:
        """Tell whether the file is surely as it was, without reading it.

        A file that changed within the clock's coarseness of the first look may carry the same
        times after another change, so it has to be read.
        """
        same = replace(self, seen_ns=now.seen_ns) == now
        return same and max(self.modified_ns, self.changed_ns) < self.seen_ns - 50_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest. `error` says why a document is not in; then `chunks` is 0."""

    name: str
    title: str
    error: str | None
    chunks: int
    pages: int
    sha256: str | None
    encoding: str | None
    date: str | None
    stamp: FileStamp

    @property
    def state(self) -> str:
        """Return "ready" or "failed"."""
        return "failed" if self.error else "ready"


class Manifest:
    """The manifest of the store in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "manifest.db"

    def create(self) -> None:
        """Make the tables if they are not there; another version's are made anew, empty.

        Raises StoreError.
        """
        with self._open(create=True) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("BEGIN IMMEDIATE")
            if db.execute("PRAGMA user_version").fetchone() == (_VERSION,):
                return
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in tables:
                db.execute(f'DROP TABLE IF EXISTS "{name}"')
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {_VERSION}")

    def require(self) -> None:
        """Raise StoreError if there is no manifest to read."""
        if not self.path.is_file():
            raise StoreError(
                f"There is no store at {self.path.parent} yet. Make it with `python -m ingest "
                "sync`, and with the --corpus and --store of this command, if it has any."
            )

    def entries(self) -> dict[str, Entry]:
        """Return every document, by name in order."""
        with self._open() as db:
            rows = db.execute(
                "SELECT d.name, json_extract(metadata, '$.title'), error, count(c.id),"
                " coalesce(json_array_length(pages), 0), sha256,"
                " json_extract(metadata, '$.encoding'), json_extract(metadata, '$.date'),"
                " size, modified_ns, changed_ns, seen_ns, sidecar"
                " FROM documents d LEFT JOIN chunks c ON c.document = d.name"
                " GROUP BY d.name ORDER BY d.name"
            )
            return {row[0]: _entry(row) for row in rows}

    def document(self, name: str) -> Document | None:
        """Return the document as it was indexed, or nothing if it is not in."""
        with self._open() as db:
            row = db.execute(
                "SELECT name, text, sha256, pages, metadata FROM documents"
                " WHERE name = ? AND error IS NULL",
                (name,),
            ).fetchone()
        if row is None:
            return None
        return Document(row[0], row[1], row[2], tuple(json.loads(row[3])), json.loads(row[4]))

    def hashes(self, names: Collection[str] | None = None) -> dict[str, str]:
        """Return the hash of each document that was read, or of those of them, by name."""
        wanted = None if names is None else json.dumps(list(names))
        with self._open() as db:
            rows = db.execute(
                "SELECT name, sha256 FROM documents WHERE error IS NULL"
                " AND (?1 IS NULL OR name IN (SELECT value FROM json_each(?1)))",
                (wanted,),
            )
            return dict(rows.fetchall())

    def chunks(self, ids: Sequence[str]) -> dict[str, Chunk]:
        """Return those of the chunks that are in, by id."""
        with self._open() as db:
            rows = db.execute(
                'SELECT id, document, text, start, "end", page, headings, table_header FROM chunks'
                " WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )
            return {row[0]: _chunk(row) for row in rows}

    def chunk_ids(self, documents: Collection[str] | None = None) -> list[str]:
        """Return the ids of some documents' chunks, each in order, or of all."""
        names = None if documents is None else json.dumps(list(documents))
        with self._open() as db:
            rows = db.execute(
                "SELECT id FROM chunks"
                " WHERE ?1 IS NULL OR document IN (SELECT value FROM json_each(?1))"
                " ORDER BY document, position",
                (names,),
            )
            return [row[0] for row in rows]

    def same_content(self, sha256: str) -> str | None:
        """Return the name of a document whose file has this hash, if there is one."""
        with self._open() as db:
            row = db.execute(
                "SELECT name FROM documents WHERE sha256 = ? LIMIT 1", (sha256,)
            ).fetchone()
            return row[0] if row else None

    def search_terms(
        self, terms: Sequence[str], count: int, documents: Collection[str] | None = None
    ) -> dict[str, float]:
        """Return the BM25 score, above 0, of the `count` best chunks by their id, best first.

        With `documents`, only their chunks are looked among.
        """
        names = None if documents is None else json.dumps(list(documents))
        with self._open() as db:
            rows = db.execute(
                "SELECT id, bm25(terms, 1.0, ?4) AS score"
                " FROM terms JOIN chunks ON number = terms.rowid WHERE terms MATCH ?1"
                " AND (?2 IS NULL OR document IN (SELECT value FROM json_each(?2)))"
                " ORDER BY score, id LIMIT ?3",
                (" OR ".join(f'"{term}"' for term in terms), names, count, CONTEXT_WEIGHT),
            )
            return {id_: -score for id_, score in rows}

    def put(self, document: Document, chunks: Sequence[Chunk], stamp: FileStamp) -> None:
        """Switch a document to this version, its terms included, in one transaction."""
        with self._open() as db:
            _clear(db, document.name)
            db.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)",
                (
                    *(document.name, *astuple(stamp), document.sha256),
                    *(json.dumps(document.pages), json.dumps(dict(document.metadata))),
                    document.text,
                ),
            )
            for position, chunk in enumerate(chunks):
                row = db.execute(
                    "INSERT INTO chunks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(chunk.id, chunk.document, position, chunk.text),
                        *(chunk.start, chunk.end, chunk.page),
                        *(json.dumps(chunk.headings), chunk.table_header),
                    ),
                ).lastrowid
                db.execute(
                    "INSERT INTO terms (rowid, text, context) VALUES (?, ?, ?)",
                    (row, *_chunk_terms(document, chunk)),
                )

    def put_failed(self, name: str, error: str, stamp: FileStamp) -> None:
        """Note why a file is not in; a version that was in before is withdrawn."""
        with self._open() as db:
            _clear(db, name)
            db.execute(
                "INSERT INTO documents"
                " (name, size, modified_ns, changed_ns, seen_ns, sidecar, error)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (name, *astuple(stamp), error),
            )

    def put_stamp(self, name: str, stamp: FileStamp) -> None:
        """Note that a file was looked at and holds what it held."""
        with self._open() as db:
            db.execute(
                "UPDATE documents SET size = ?, modified_ns = ?, changed_ns = ?, seen_ns = ?,"
                " sidecar = ? WHERE name = ?",
                (*astuple(stamp), name),
            )

    def remove(self, name: str | None = None) -> None:
        """Take out a document, or all of them."""
        with self._open() as db:
            if name is None:
                for table in ("terms", "chunks", "documents"):
                    db.execute(f"DELETE FROM {table}")  # noqa: S608 one of the three above
            else:
                _clear(db, name)

    def facts(self) -> dict[str, str]:
        """Return what is known of the store as a whole, such as its embedding model."""
        with self._open() as db:
            return dict(db.execute("SELECT name, value FROM facts").fetchall())

    def put_facts(self, facts: Mapping[str, str]) -> None:
        """Note facts, replacing those of the same name."""
        with self._open() as db:
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def remove_fact(self, name: str) -> None:
        """Forget a fact."""
        with self._open() as db:
            db.execute("DELETE FROM facts WHERE name = ?", (name,))

    @contextmanager
    def _open(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        if not create:
            self.require()
        try:
            db = sqlite3.connect(self.path, timeout=30)
            try:
                with db:
                    if not create and db.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                        raise StoreError(
                            f"The store {self.path.parent} is another version's. Run "
                            "`python -m ingest sync`: it is made anew from the documents."
                        )
                    yield db
            finally:
                db.close()
        except sqlite3.Error as error:
            raise _explain(self.path, error) from error


def _explain(path: Path, error: sqlite3.Error) -> StoreError:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return StoreError(
            f"The disk that holds {path} is full. Free some space and run the command again."
        )
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_BUSY")):
        return StoreError(
            f"The manifest {path} cannot be opened ({error}). See that its folder is writable and "
            "its disk has space, and run the command again."
        )
    return StoreDamagedError(
        f"The manifest {path} cannot be read or written ({error}). Run `python -m ingest repair`: "
        "it makes the store anew from the documents."
    )


def _entry(row: tuple[Any, ...]) -> Entry:
    name, title, error, chunks, pages, sha256, encoding, date, *stamp = row
    return Entry(
        name, title or name, error, chunks, pages, sha256, encoding, date, FileStamp(*stamp)
    )


def _chunk(row: tuple[Any, ...]) -> Chunk:
    id_, document, text, start, end, page, headings, table_header = row
    return Chunk(id_, document, text, start, end, page, tuple(json.loads(headings)), table_header)


def _chunk_terms(document: Document, chunk: Chunk) -> tuple[str, str]:
    """Return the terms of a chunk's text and of what it stands under, for the index."""
    stated = (document.metadata.get(key, "") for key in ("title", "author", "date"))
    context = " ".join([document.name, *stated, *chunk.headings, chunk.table_header])
    return " ".join(find_terms(chunk.text)), " ".join(find_terms(context[:CONTEXT_CHARACTERS]))


def _clear(db: sqlite3.Connection, name: str) -> None:
    db.execute(
        "DELETE FROM terms WHERE rowid IN (SELECT number FROM chunks WHERE document = ?)", (name,)
    )
    db.execute("DELETE FROM chunks WHERE document = ?", (name,))
    db.execute("DELETE FROM documents WHERE name = ?", (name,))
