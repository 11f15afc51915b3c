"""Messages that the simulated carrier has taken, on disk before it answers, so that they survive its restart."""

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    message_id TEXT PRIMARY KEY, reference TEXT NOT NULL, number TEXT NOT NULL, template_id TEXT NOT NULL,
    text TEXT NOT NULL, accepted_at REAL NOT NULL, state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_number ON message (number, accepted_at);
CREATE INDEX IF NOT EXISTS message_accepted ON message (accepted_at);
CREATE TABLE IF NOT EXISTS receipt (
    receipt_id TEXT PRIMARY KEY, message_id TEXT NOT NULL, reference TEXT NOT NULL, state TEXT NOT NULL,
    code TEXT NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS seen (reference TEXT PRIMARY KEY);
"""
_KEPT_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Message:
    """Describes an SMS as a phone received it."""

    message_id: str
    reference: str
    number: str
    template_id: str
    text: str
    accepted_at: float
    state: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Describes a delivery receipt that the sender has not taken yet."""

    receipt_id: str
    message_id: str
    reference: str
    state: str
    code: str
    due_at: float
    attempts: int


class Store:
    """Keeps messages in one SQLite file; a message costs about a tenth of a millisecond."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute("DELETE FROM message WHERE accepted_at < ?", (time.time() - _KEPT_SECONDS,))

    def accept(self, *, reference: str, number: str, template_id: str, text: str) -> str:
        message_id = uuid4().hex
        row = (message_id, reference, number, template_id, text, time.time(), "accepted")
        self._db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return message_id

    def sent_since(self, number: str, template_id: str, since: float) -> int:
        query = "SELECT count(*) FROM message WHERE number = ? AND template_id = ? AND accepted_at > ?"
        return int(self._db.execute(query, (number, template_id, since)).fetchone()[0])

    def first_time(self, reference: str) -> bool:
        """Returns True once per reference."""
        return self._db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (reference,)).rowcount == 1

    def messages(self, number: str | None = None, count: int = 50) -> list[Message]:
        """Returns messages, the latest first, to one number or to all."""
        query = "SELECT * FROM message WHERE ?1 IS NULL OR number = ?1 ORDER BY accepted_at DESC LIMIT ?2"
        return [Message(*row) for row in self._db.execute(query, (number, count))]

    def promise(self, message_id: str, reference: str, state: str, code: str, due_at: float) -> None:
        row = (uuid4().hex, message_id, reference, state, code, due_at)
        self._db.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, 0)", row)

    def due(self, now: float, count: int = 50) -> list[Receipt]:
        query = "SELECT * FROM receipt WHERE due_at <= ? ORDER BY due_at LIMIT ?"
        return [Receipt(*row) for row in self._db.execute(query, (now, count))]

    def taken(self, receipt: Receipt) -> None:
        self._db.execute("DELETE FROM receipt WHERE receipt_id = ?", (receipt.receipt_id,))
        self._db.execute("UPDATE message SET state = ? WHERE message_id = ?", (receipt.state, receipt.message_id))

    def later(self, receipt: Receipt, due_at: float) -> None:
        self._db.execute(
            "UPDATE receipt SET due_at = ?, attempts = attempts + 1 WHERE receipt_id = ?", (due_at, receipt.receipt_id)
        )

    def close(self) -> None:
        self._db.close()
