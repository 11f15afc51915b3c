"""Heads of the record of acts: where its chain ended, signed, kept outside the database and by another service.

Whoever owns the database can delete the newest records together with their seals, or put back an older copy, and the
chain that is left is whole. What was signed and given away before says what is missing.
"""

import importlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pingshan_events import edges
from pingshan_events.base import Event, RecordHead
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_kit import telemetry
from pingshan_kit.audit_log import BrokenChainError
from pingshan_kit.events import outbox
from pingshan_kit.events.signatures import HEADER, NotOfItsPublisher, Signer, Verifier
from pingshan_kit.ids import uuid7
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.tables import record_head

_FULL = 4 * 1024 * 1024
"""Bytes of a file of heads after which the next one begins: about 16,000 heads."""
_FILES_KEPT = 12


def subject_of(service: str) -> str:
    return f"{service}.record.sealed.v1"


class Heads:
    """Signs the heads of one service's record, and keeps them in a file to which it only appends."""

    def __init__(self, settings: ServiceSettings, signer: Signer) -> None:
        self._service = settings.service
        self._signer = signer
        self._file = settings.record_heads_file

    def signed(self, position: int, seal: bytes, sealed_at: datetime) -> RecordHead:
        """Returns the head of a chain that ends with this seal, signed by the newest event key."""
        unsigned = RecordHead(position=position, hash=seal.hex(), sealed_at=sealed_at.astimezone(UTC), proof="")
        headers = self._signer.headers(subject_of(self._service), "", _content(unsigned))
        return unsigned.model_copy(update={"proof": headers[HEADER]})

    async def publish(self, tx: AsyncConnection, position: int, seal: bytes, sealed_at: datetime) -> RecordHead:
        """Returns the head, which it has added to the outbox for the service that keeps it."""
        head = self.signed(position, seal, sealed_at)
        with telemetry.tracer.start_as_current_span("seal records"):
            event = _event_of(self._service)(
                event_id=uuid7(),
                aggregate_id=self._service,
                aggregate_version=position,
                correlation_id=f"records:{self._service}",
                occurred_at=head.sealed_at,
                **head.model_dump(),
            )
            await outbox.publish(tx, event)
        return head

    def write(self, head: RecordHead) -> None:
        """Appends the head to the file and to the log; a file that cannot be written is an error in the log."""
        log.info("records.head", position=head.position, hash=head.hash, proof=head.proof)
        if self._file is None:
            return
        try:
            _append(self._file, head.model_dump_json())
        except OSError as error:
            log.error("records.head_not_written", error=type(error).__name__)


def _append(file: Path, line: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > _FULL:
        file.rename(file.with_name(f"{file.name}.{uuid7()}"))
        for old in files(file)[: -_FILES_KEPT - 1]:
            old.unlink()
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        before = b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""  # the last one was cut off
        _write_all(descriptor, before + f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, octets: bytes) -> None:
    """Writes all of it; a disk that has room for a part takes that, and raises OSError for the rest."""
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def files(file: Path) -> list[Path]:
    """Returns the files of heads, the oldest first and the one that is appended to last."""
    return [*sorted(file.parent.glob(f"{file.name}.*")), *([file] if file.exists() else [])]


async def keep(tx: AsyncConnection, event: Any) -> None:
    """Keeps a head of another service, as the handler of its event; heads are only added."""
    row = {
        "service": event.subject.partition(".")[0],
        "position": event.position,
        "hash": event.hash,
        "sealed_at": event.sealed_at,
        "proof": event.proof,
    }
    await tx.execute(insert(record_head).values(row).on_conflict_do_nothing())


async def kept(tx: AsyncConnection, service: str) -> list[RecordHead]:
    """Returns the heads that this service keeps for another one, by position."""
    columns = (record_head.c.position, record_head.c.hash, record_head.c.sealed_at, record_head.c.proof)
    query = select(*columns).where(record_head.c.service == service)
    rows = await tx.execute(query.order_by(record_head.c.position, record_head.c.received_at))
    return [RecordHead.model_validate(row, from_attributes=True) for row in rows]


class HeadChecker:
    """Holds signed heads against a chain while this is read; `notes` says what did not count."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._service = settings.service
        self._file = settings.record_heads_file
        self._verifier = Verifier(settings.service_jwks)
        self._heads: dict[int, list[tuple[str, RecordHead]]] = {}
        self.counted = 0
        self.notes: list[str] = []

    def read_file(self) -> None:
        """Takes the heads of the service's own file. Raises BrokenChainError for one that the service did not sign.

        A line that was cut off in the middle of its head, by a full disk or a kill, or that a power loss has filled
        with anything but text, does not count, and is noted.
        """
        found = files(self._file) if self._file is not None else []
        try:
            lines = [line.strip(b"\0") for file in found for line in file.read_bytes().splitlines()]
        except OSError as error:
            raise BrokenChainError(f"the file of heads cannot be read: {type(error).__name__}") from error
        whole = [line.decode() for line in lines if line.endswith(b"}") and line.isascii()]
        self.take("the file of heads", whole)
        if len(whole) < len(lines):
            self.notes.append(f"the file of heads: {len(lines) - len(whole)} lines do not count, they were cut off")

    def take(self, source: str, lines: Iterable[str]) -> None:
        """Takes heads, one JSON object a line. Raises BrokenChainError for one that the service did not sign.

        A head under a key that was withdrawn does not count, and is noted.
        """
        before, unknown = self.counted, 0
        for number, head in enumerate(_read(source, lines), start=1):
            try:
                self._verifier.check(subject_of(self._service), {HEADER: head.proof}, _content(head))
            except NotOfItsPublisher as error:
                if error.reason != "unknown key":
                    raise BrokenChainError(f"{source}, head {number}: {error.reason}") from error
                unknown += 1
                continue
            self.counted += 1
            self._heads.setdefault(head.position, []).append((source, head))
        if unknown:
            self.notes.append(f"{source}: {unknown} heads do not count, their key is unknown or was withdrawn")
        if self.counted == before:
            self.notes.append(f"{source}: no head that counts")

    def check_seal(self, position: int, seal: bytes) -> None:
        """Raises BrokenChainError where a head of that position has another hash."""
        for source, head in self._heads.get(position, ()):
            if head.hash != seal.hex():
                raise BrokenChainError(
                    f"seal {position} is not the one of {_at(head)} that {source} holds: records were replaced, "
                    "or an older copy of the database was put back and went on"
                )

    def check_end(self, position: int) -> None:
        """Raises BrokenChainError where a head says that the chain went on after `position`."""
        last = max(self._heads, default=0)
        if last > position:
            source, head = self._heads[last][0]
            raise BrokenChainError(
                f"seals {position + 1} to {last} are missing: {source} holds a head of {_at(head)}. The last records "
                "were cut off, or an older copy of the database was put back"
            )


def _read(source: str, lines: Iterable[str]) -> Iterator[RecordHead]:
    for number, line in enumerate(lines, start=1):
        try:
            yield RecordHead.model_validate_json(line)
        except ValidationError as error:
            raise BrokenChainError(f"{source}, line {number}: not a head") from error


def _at(head: RecordHead) -> str:
    return head.sealed_at.isoformat(timespec="seconds")


def _content(head: RecordHead) -> bytes:
    """Returns what is signed; the subject beside it names the service."""
    content = [head.position, head.hash, head.sealed_at.astimezone(UTC).isoformat()]
    return json.dumps(content, separators=(",", ":")).encode()


def _event_of(service: str) -> type[Event]:
    module = importlib.import_module(f"pingshan_events.{service.replace('-', '_')}")
    event: type[Event] = module.RecordSealed
    return event


def keeper_of(service: str) -> str:
    """Returns the service that keeps the heads of `service`, as edges.yaml says."""
    subject = subject_of(service)
    return next(durable.service for durable in edges.DURABLES if durable.subject == subject)


def to_lines(heads: Sequence[RecordHead]) -> str:
    """Returns heads as the other command reads them: one JSON object a line."""
    return "\n".join(head.model_dump_json() for head in heads)
