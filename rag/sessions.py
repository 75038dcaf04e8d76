"""Conversations that outlive the process: one SQLite file, safe for threads and processes.

Beside each answer's JSON stand the texts that it cites, so that a citation holds even when the
article has changed or left its library.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.article import Article, clean
from ingest.connections import Connections
from ingest.errors import GroundwireError
from rag.answer import Answer
from rag.export import FORMATS, ExportFormat
from rag.turns import Turn, answer_from_json

KEPT_TURNS = 500
LONGEST_TITLE = 80
_FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS conversations (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
  number INTEGER NOT NULL,
  asked_at TEXT NOT NULL,
  answer TEXT NOT NULL,
  UNIQUE (conversation, number)
);
CREATE TABLE IF NOT EXISTS texts (version TEXT PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cited (
  turn INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
  version TEXT NOT NULL REFERENCES texts,
  PRIMARY KEY (turn, version)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cited_by_version ON cited (version);
CREATE TABLE IF NOT EXISTS ratings (
  turn INTEGER PRIMARY KEY REFERENCES turns ON DELETE CASCADE,
  up INTEGER NOT NULL, remark TEXT, rated_at TEXT NOT NULL
);
"""


class ConversationError(GroundwireError):
    """A conversation that is not there, or a database of them that cannot be used."""


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """A conversation in the list: dates are ISO, in UTC; `turns` is how many there are."""

    id: str
    title: str
    created: str
    updated: str
    turns: int


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody thought of an answer."""

    up: bool
    remark: str | None
    rated_at: str


@dataclass
class Conversations:
    """The conversations in one database file. Threads may share it, and so may processes.

    Of each conversation the last `kept_turns` are kept.
    """

    path: Path
    kept_turns: int = KEPT_TURNS
    _connections: Connections = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._connections = Connections(self._connect)

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True, kept_turns: int = KEPT_TURNS) -> Self:
        """Open the database, made first if there is none, unless `create` is false.

        Raises ConversationError, with the remedy, if it cannot be used.
        """
        if kept_turns < 1:
            raise ValueError(f"kept_turns must be at least 1, not {kept_turns!r}.")
        store = cls(Path(path), kept_turns)
        if not create and not store.path.exists():
            raise ConversationError(
                f"There are no conversations in {str(path)!r}.",
                remedy="`groundwire chat` begins one.",
            )
        with store._explained():
            store.path.parent.mkdir(parents=True, exist_ok=True)
            store._prepare()
        return store

    def close(self) -> None:
        """Let go of the file, for good."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Conversations

    def list(self) -> list[ConversationInfo]:
        """All conversations, the one asked last first."""
        with self._reading() as connection:
            rows = connection.execute(f"{_INFO} ORDER BY updated DESC, id").fetchall()
        return [ConversationInfo(*row) for row in rows]

    def get(self, conversation: str) -> ConversationInfo:
        """The conversation with that id. Raises ConversationError if there is none."""
        with self._reading() as connection:
            row = connection.execute(f"{_INFO} WHERE id = ?", (conversation,)).fetchone()
        if row is None:
            raise _unknown(conversation)
        return ConversationInfo(*row)

    def create(self, title: str | None = None) -> ConversationInfo:
        """A new conversation without turns; without a title its first question becomes it."""
        new, now = new_id(), _now()
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?)",
                (new, title_of(title or ""), now, now),
            )
        return self.get(new)

    def rename(self, conversation: str, title: str) -> None:
        """Give it another title. Raises ConversationError if there is no such conversation."""
        if not (title := title_of(title)):
            raise ConversationError("The title is empty.", remedy="Write one.")
        with self._writing() as connection:
            done = connection.execute(
                "UPDATE conversations SET title = ? WHERE id = ?", (title, conversation)
            )
        if not done.rowcount:
            raise _unknown(conversation)

    def delete(self, conversation: str) -> None:
        """Delete it with everything of it. Raises ConversationError if there is none."""
        with self._writing() as connection:
            done = connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
            _drop_unused(connection)
        if not done.rowcount:
            raise _unknown(conversation)

    def export(
        self,
        conversation: str,
        format: ExportFormat = "markdown",  # noqa: A002
    ) -> str:
        """The whole conversation as Markdown, JSON or an HTML page."""
        if format not in FORMATS:
            raise ConversationError(
                f"A conversation cannot be exported as {format!r}.",
                remedy=f"Use {', '.join(FORMATS)}.",
            )
        info = self.get(conversation)
        turns, ratings = self.turns(conversation), self.ratings(conversation)
        entries = [
            {
                "number": number,
                **turn.json(),
                "rating": {"up": rating.up, "remark": rating.remark, "rated_at": rating.rated_at}
                if (rating := ratings.get(number))
                else None,
            }
            for number, turn in turns.items()
        ]
        whole = {"id": info.id, "title": info.title, "created": info.created, "turns": entries}
        return FORMATS[format](whole)

    # Turns

    def turns(
        self, conversation: str, known: Mapping[int, tuple[str, Turn]] | None = None
    ) -> dict[int, Turn]:
        """The turns that are kept, by number. Those that are `known`, by number and time, are not
        read again. A conversation that is not there has none."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, number, asked_at FROM turns WHERE conversation = ? ORDER BY number",
                (conversation,),
            ).fetchall()
            found: dict[int, Turn] = {}
            for turn, number, asked_at in rows:
                seen = (known or {}).get(number)
                if seen is not None and seen[0] == asked_at:
                    found[number] = seen[1]
                else:
                    found[number] = _read_turn(connection, turn, asked_at)
        return found

    def append(self, conversation: str, turn: Turn) -> int:
        """Store a turn as the conversation's last, and give its number; a conversation that is not
        there is made, with the question as its title."""
        record = json.dumps(turn.answer.json(), ensure_ascii=False)
        with self._writing() as connection:
            title = title_of(turn.question)
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " updated = excluded.updated, title = iif(title = '', excluded.title, title)",
                (conversation, title, turn.asked_at, turn.asked_at),
            )
            number = _last_number(connection, conversation) + 1
            row = connection.execute(
                "INSERT INTO turns (conversation, number, asked_at, answer) VALUES (?, ?, ?, ?)",
                (conversation, number, turn.asked_at, record),
            ).lastrowid
            _keep_texts(connection, row, turn.answer)
            connection.execute(
                "DELETE FROM turns WHERE conversation = ? AND number <= ?",
                (conversation, number - self.kept_turns),
            )
            _drop_unused(connection)
        return number

    def forget_last(self, conversation: str) -> None:
        """Delete the last turn, if there is one."""
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM turns WHERE conversation = ? AND number = ?",
                (conversation, _last_number(connection, conversation)),
            )
            _drop_unused(connection)

    # Feedback

    def rate(self, conversation: str, turn: int, up: bool, remark: str | None = None) -> None:
        """Note what somebody thinks of the answer of the turn with that number, in place of what
        was noted before. Raises ConversationError if there is no such turn."""
        with self._writing() as connection:
            done = connection.execute(
                "INSERT OR REPLACE INTO ratings SELECT id, ?, ?, ? FROM turns"
                " WHERE conversation = ? AND number = ?",
                (up, clean(remark or "") or None, _now(), conversation, turn),
            )
        if not done.rowcount:
            raise ConversationError(
                f"The conversation {conversation!r} has no turn {turn}.",
                remedy="Turns are counted from 1.",
            )

    def ratings(self, conversation: str) -> dict[int, Rating]:
        """What was thought of the answers, by the number of the turn."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT number, up, remark, rated_at FROM ratings JOIN turns ON turns.id = turn"
                " WHERE conversation = ? ORDER BY number",
                (conversation,),
            ).fetchall()
        return {number: Rating(bool(up), remark, at) for number, up, remark, at in rows}

    # The file

    def _prepare(self) -> None:
        with self._connections.using() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found not in (0, _FORMAT):
                raise ConversationError(
                    f"The conversations {str(self.path)!r} have format {found}, and this version"
                    f" uses {_FORMAT}.",
                    remedy="Name another file.",
                )
            tables = f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version={_FORMAT}; END;"
            connection.executescript(tables)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=30, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the database, whoever writes meanwhile."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._explained(), self._connections.using() as connection:
            connection.execute(begin)
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """An error of the file as one that names it and the remedy."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if self._connections.closed:
                raise ConversationError(
                    f"The conversations {str(self.path)!r} were closed.", remedy="Open them again."
                ) from error
            raise ConversationError(
                f"The conversations {str(self.path)!r} cannot be used: {error}.",
                remedy="Check the disk and the permissions, or name another file.",
            ) from error


_INFO = (
    "SELECT id, title, created, updated,"
    " (SELECT count(*) FROM turns WHERE conversation = conversations.id) FROM conversations"
)


def new_id() -> str:
    """An id that no other conversation has."""
    return uuid.uuid4().hex


def title_of(text: str) -> str:
    """A title from any text: one line, not too long."""
    line = " ".join(clean(text).split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _unknown(conversation: str) -> ConversationError:
    return ConversationError(
        f"There is no conversation {conversation!r}.",
        remedy="`groundwire chat --list` shows the ids.",
    )


def _last_number(connection: sqlite3.Connection, conversation: str) -> int:
    (last,) = connection.execute(
        "SELECT coalesce(max(number), 0) FROM turns WHERE conversation = ?", (conversation,)
    ).fetchone()
    return int(last)


def _keep_texts(connection: sqlite3.Connection, turn: int | None, answer: Answer) -> None:
    """Store the texts that an answer cites or shows, each version once."""
    articles: Sequence[Article] = [c.article for c in (*answer.citations, *answer.closest)]
    for version, article in {article.version: article for article in articles}.items():
        connection.execute(
            "INSERT OR IGNORE INTO texts VALUES (?, ?)",
            (version, zlib.compress(article.text.encode("utf-8"))),
        )
        connection.execute("INSERT INTO cited VALUES (?, ?)", (turn, version))


def _drop_unused(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM texts WHERE version NOT IN (SELECT version FROM cited)")


def _read_turn(connection: sqlite3.Connection, turn: int, asked_at: str) -> Turn:
    (record,) = connection.execute("SELECT answer FROM turns WHERE id = ?", (turn,)).fetchone()
    rows = connection.execute(
        "SELECT version, text FROM cited JOIN texts USING (version) WHERE turn = ?", (turn,)
    )
    texts = {version: zlib.decompress(packed).decode("utf-8") for version, packed in rows}
    answer = answer_from_json(json.loads(record), texts.__getitem__)
    return Turn(answer.question, answer, asked_at, answer.standalone_question)
