"""Conversations, kept on the server: each is its user's alone, and holds whole answers.

One SQLite file in the store's folder. Every question of it names the user, so an id that was
guessed or stolen opens nothing.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from ingest.errors import StoreError
from rag.schema import Answer

LONGEST_TITLE = 120
MOST_SHOWN = 200
_SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, changed TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX of_user ON conversations (user, changed);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    place INTEGER NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (conversation, place)
) WITHOUT ROWID;
"""
_VERSION = 1
_ANSWER = TypeAdapter(Answer)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation in a line. `changed` is UTC, ISO 8601."""

    id: str
    title: str
    changed: str


class Conversations:
    """The conversations of all users. Threads may share it. Raises StoreError."""

    def __init__(self, store: Path) -> None:
        """Open the file in a store's folder, which is there already."""
        self.path = path = store / "conversations.db"
        with self._open() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
            elif version != _VERSION:
                raise StoreError(
                    f"{path} was made by another version of Sic. Move it away, and a new one is "
                    "begun."
                )

    def keep(self, user: str, id_: str, place: int, answer: Answer) -> str:
        """Keep an answer as the turn at a place, in the place of that and all after it.

        Return the id of the conversation: a new one, if the user has none of that id.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        told = json.dumps(answer.to_json(), ensure_ascii=False)
        with self._open() as db:
            if not self._is_own(db, user, id_):
                id_ = secrets.token_urlsafe(16)
                title = " ".join(answer.question.split())[:LONGEST_TITLE]
                db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", (id_, user, title, now))
            db.execute("DELETE FROM turns WHERE conversation = ? AND place >= ?", (id_, place))
            db.execute("INSERT INTO turns VALUES (?, ?, ?)", (id_, place, told))
            db.execute("UPDATE conversations SET changed = ? WHERE id = ?", (now, id_))
        return id_

    def find(self, user: str, words: str = "") -> list[Conversation]:
        """Return a user's conversations, the latest first: those with some words in them."""
        pattern = "%" + "".join(f"\\{c}" if c in "%_\\" else c for c in words.strip()) + "%"
        with self._open() as db:
            rows = db.execute(
                "SELECT id, title, changed FROM conversations AS c WHERE user = ? AND "
                "(title LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM turns WHERE conversation = "
                "c.id AND (json_extract(answer, '$.question') LIKE ? ESCAPE '\\' "
                "OR json_extract(answer, '$.text') LIKE ? ESCAPE '\\'))) "
                "ORDER BY changed DESC, id LIMIT ?",
                (user, pattern, pattern, pattern, MOST_SHOWN),
            )
            return [Conversation(*row) for row in rows]

    def answers(self, user: str, id_: str) -> list[Answer]:
        """Return the answers of a user's conversation in their order; none of another's."""
        return list(self.turns(user, id_).values())

    def turns(self, user: str, id_: str) -> dict[int, Answer]:
        """Return the answers of a user's conversation by their places, in order.

        A turn that failed has a place, too, and no answer.
        """
        with self._open() as db:
            rows = db.execute(
                "SELECT place, answer FROM turns JOIN conversations ON id = conversation "
                "WHERE id = ? AND user = ? ORDER BY place",
                (id_, user),
            )
            return {place: _ANSWER.validate_json(told) for place, told in rows}

    def close_gaps(self, user: str, id_: str) -> None:
        """Renumber the turns of a user's conversation, as they are shown when it is opened."""
        with self._open() as db:
            if not self._is_own(db, user, id_):
                return
            found = db.execute("SELECT place FROM turns WHERE conversation = ? ORDER BY 1", (id_,))
            for place, (old,) in enumerate(found.fetchall()):
                db.execute(
                    "UPDATE turns SET place = ? WHERE conversation = ? AND place = ?",
                    (place, id_, old),
                )

    def rename(self, user: str, id_: str, title: str) -> bool:
        """Give a user's conversation another title; tell whether there is such a one."""
        title = " ".join(title.split())[:LONGEST_TITLE]
        with self._open() as db:
            done = db.execute(
                "UPDATE conversations SET title = ? WHERE id = ? AND user = ? AND ? != ''",
                (title, id_, user, title),
            )
            return done.rowcount == 1

    def delete(self, user: str, id_: str) -> bool:
        """Delete a user's conversation; tell whether there was such a one."""
        with self._open() as db:
            done = db.execute("DELETE FROM conversations WHERE id = ? AND user = ?", (id_, user))
            return done.rowcount == 1

    def delete_all(self, user: str) -> int:
        """Delete all conversations of a user; return how many there were."""
        with self._open() as db:
            return db.execute("DELETE FROM conversations WHERE user = ?", (user,)).rowcount

    @staticmethod
    def _is_own(db: sqlite3.Connection, user: str, id_: str) -> bool:
        found = db.execute("SELECT 1 FROM conversations WHERE id = ? AND user = ?", (id_, user))
        return found.fetchone() is not None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self.path, timeout=30)
            try:
                db.execute("PRAGMA foreign_keys = ON")
                with db:
                    yield db
            finally:
                db.close()
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be used: {error}.") from error


def as_markdown(title: str, answers: Sequence[Answer]) -> str:
    """Return a conversation as Markdown: each question, its answer, and a list of its sources."""
    from rag.markdown import escape_markdown, show_marks, show_unanswered

    parts = [f"# {escape_markdown(title)}"]
    for answer in answers:
        told = [
            (f"\n\n{escape_markdown(one.heading)}\n" if one.heading else "")
            + ("\n- " if one.item else " ")
            + f"{escape_markdown(one.text)} {escape_markdown(show_marks(one))}"
            for one in answer.sentences
        ]
        parts.append(f"## {escape_markdown(answer.question)}")
        told.append(show_unanswered(answer.unanswered, answer.language))
        parts.append("".join(told).strip() or escape_markdown(answer.text))
        parts += [
            f"- \\[{one.mark}\\] {escape_markdown(f'{one.authority} {one.url}'.strip())}"
            for one in answer.corrections
        ]
        parts += [
            f"- \\[{one.number}\\] {escape_markdown(one.title)}, {escape_markdown(one.document)}: "
            f"“{escape_markdown(' '.join(one.quote.split()))}”"
            for one in answer.citations
        ]
    return "\n\n".join(parts) + "\n"


def as_json(title: str, answers: Sequence[Answer]) -> str:
    """Return a conversation as JSON: {"title", "answers"}, each an Answer of the contract."""
    told = {"title": title, "answers": [answer.to_json() for answer in answers]}
    return json.dumps(told, ensure_ascii=False, indent=1)
