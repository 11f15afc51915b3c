"""A publisher and a consumer made of the kit alone: e-license issues, alerts listens."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pingshan_events.alerts import AlertRaised
from pingshan_events.base import Event
from pingshan_events.e_license import LicenseIssued
from pingshan_events.identity import SessionEnded, SigningKeyWithdrawn
from pingshan_kit import clock
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.jobs import JobKind
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.migrate import Store, migrate
from pingshan_kit.storage.tables import NAMING, command, kit_tables
from pingshan_kit.storage.tables import outbox as outbox_table
from pydantic import BaseModel
from pydantic_settings import SettingsConfigDict
from sqlalchemy import MetaData, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.platform import BoundService, TestPlatform


class ELicense(ServiceSettings):
    service: ClassVar[str] = "e-license"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_E_LICENSE_")


class Alerts(ServiceSettings):
    service: ClassVar[str] = "alerts"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_ALERTS_")


class Identity(ServiceSettings):
    service: ClassVar[str] = "identity"
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_IDENTITY_")


class Message(BaseModel):
    """What the jobs of the kit's tests carry."""

    to: str = ""


SEND = JobKind("send", Message)


class Part(Protocol):
    async def run(self) -> None: ...


def kit_store(folder: Path) -> Store:
    """A store that holds nothing but the kit's tables."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = MetaData(naming_convention=NAMING)
    kit_tables(metadata)
    return Store(metadata, folder)


@asynccontextmanager
async def kit_database(platform: TestPlatform, kind: type[ServiceSettings]) -> AsyncIterator[Database]:
    """The module's database of that service with the kit's tables alone."""
    settings = platform.service(kind.service, migrated=False).settings(kind)
    await migrate(settings, kit_store(platform.folder / "versions"))
    database = Database.from_settings(settings)
    yield database
    await database.close()


@asynccontextmanager
async def running(*parts: Part) -> AsyncIterator[None]:
    """Runs the parts during the block; an exception of theirs ends the test."""
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def eventually(check: Callable[[], Awaitable[Any]], wanted: Any = True, *, seconds: float = 15) -> None:
    """Waits until the check gives what is wanted; fails with the last answer."""
    end = time.monotonic() + seconds
    while (found := await check()) != wanted:
        assert time.monotonic() < end, f"{found!r} instead of {wanted!r} after {seconds} s"
        await asyncio.sleep(0.05)


def license_issued(number: int = 1, *, version: int = 1) -> LicenseIssued:
    return LicenseIssued(
        event_id=uuid7(),
        aggregate_id=f"license-{number}",
        aggregate_version=version,
        correlation_id=f"case-{number}",
        occurred_at=clock.now(),
        license_id=f"license-{number}",
        type="food",
        agency="market",
    )


def alert_raised(alert_id: str, *, aggregate_id: str = "", version: int = 1) -> AlertRaised:
    """Of an aggregate of its own, where none is named."""
    aggregate = aggregate_id or alert_id
    return AlertRaised(
        event_id=uuid7(),
        aggregate_id=aggregate,
        aggregate_version=version,
        correlation_id=aggregate,
        occurred_at=clock.now(),
        alert_id=alert_id,
        kind="road_ponding",
        level="red",
        organisations=["water"],
    )


def session_ended(session_id: str) -> SessionEnded:
    return SessionEnded(
        event_id=uuid7(),
        aggregate_id=session_id,
        aggregate_version=1,
        correlation_id=session_id,
        occurred_at=clock.now(),
        session_id=session_id,
        reason="signed-out",
    )


def key_withdrawn(kid: str) -> SigningKeyWithdrawn:
    return SigningKeyWithdrawn(
        event_id=uuid7(), aggregate_id=kid, aggregate_version=1, correlation_id=kid, occurred_at=clock.now(), kid=kid
    )


async def issue(database: Database, count: int, *, first: int = 1) -> list[LicenseIssued]:
    """One transaction per event."""
    events = [license_issued(number) for number in range(first, first + count)]
    for event in events:
        async with database.begin() as tx:
            await outbox.publish(tx, event)
    return events


async def alive(_session_id: str, _grant_id: str | None) -> bool:
    """Identity's answer about every session, for `Revocations.introspect`."""
    return True


async def note(tx: AsyncConnection, event: Event) -> None:
    """An effect that cannot be repeated unseen: a second one breaks the primary key."""
    await tx.execute(command.insert().values(caller="effect", request_id=event.event_id, request_hash=b""))


async def effects(database: Database) -> int:
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(command))).scalar_one()


async def waiting(database: Database) -> int:
    """Events in the outbox."""
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(outbox_table))).scalar_one()


def process(bound: BoundService, what: str, **environment: str) -> "subprocess.Popen[bytes]":
    """One of tests/support/kit/process.py."""
    argv = [sys.executable, "-m", "tests.support.kit.process", what]
    root = Path(__file__).parents[3]
    return subprocess.Popen(argv, cwd=root, env={"PATH": os.environ["PATH"], **bound.environment, **environment})


def busy_process(bound: BoundService, **limits: str) -> "subprocess.Popen[bytes]":
    """tests/support/kit/busy_process.py, under these limits of PostgreSQL."""
    changed = {f"PINGSHAN_{bound.service.upper()}_DATABASE_{name.upper()}": value for name, value in limits.items()}
    argv = [sys.executable, "-m", "tests.support.kit.busy_process", "serve"]
    environment = {"PATH": os.environ["PATH"], **bound.environment, **changed}
    return subprocess.Popen(argv, cwd=Path(__file__).parents[3], env=environment)


async def killed(process: "subprocess.Popen[bytes]", *, seconds: float = 30) -> None:
    """Waits until the process has killed itself; any other end fails the test."""
    assert await asyncio.to_thread(process.wait, seconds) == -9
