"""The end of a record that was cut off with its seals, or put back, is missed: by the file, and by another service."""

import asyncio
import errno
import os
import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pingshan_events.alerts import RecordSealed
from pingshan_events.base import RecordHead
from pingshan_kit import audit_log, clock, record_heads
from pingshan_kit.audit_log import BrokenChainError, Sealer
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import Signer
from pingshan_kit.record_heads import HeadChecker, Heads
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import outbox
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy import func, select

from tests.support.kit.service import Alerts, Identity, eventually, kit_database, running
from tests.support.platform import TestPlatform

CLERK = Actor(kind=ActorKind.PERSON, person_id="01")
CUT = """DELETE FROM record_seal WHERE position > 7;
         DELETE FROM record WHERE id > (SELECT record_id FROM record_seal ORDER BY position DESC LIMIT 1)"""


@pytest.fixture(scope="module")
async def keeper(platform: TestPlatform) -> AsyncIterator[Database]:
    async with kit_database(platform, Identity) as database:
        yield database


@pytest.fixture
def settings(platform: TestPlatform, tmp_path: Path) -> Alerts:
    bound = platform.service("alerts", migrated=False)
    bound.fields["record_heads_file"] = str(tmp_path / "heads" / "alerts.jsonl")
    return bound.settings(Alerts)


@pytest.fixture
async def database(platform: TestPlatform, settings: Alerts) -> AsyncIterator[Database]:
    async with kit_database(platform, Alerts) as database:
        yield database
        owner = await asyncpg.connect(platform.database_admin_url("alerts"))
        await owner.execute("TRUNCATE record_seal, record_pending, record, outbox")
        await owner.close()


@pytest.fixture
async def owner(database: Database, settings: Alerts) -> AsyncIterator[asyncpg.Connection]:
    """Whoever owns the database: nothing in it is out of reach."""
    password = settings.secret("owner_database_password")
    url = settings.owner_database_url.replace("postgresql+asyncpg", "postgresql")
    connection = await asyncpg.connect(url, password=password)
    yield connection
    await connection.close()


async def act(database: Database, count: int = 10) -> None:
    for number in range(count):
        async with database.begin() as tx:
            await audit_log.append(tx, actor=CLERK, act="alert.raised", subject=f"alert:{number}", details={})


async def sealed(database: Database, settings: Alerts) -> None:
    await act(database)
    await Sealer(database, Heads(settings, Signer.from_settings(settings))).seal()


async def verified(database: Database, heads: HeadChecker) -> int:
    async with database.read() as tx:
        return await audit_log.verify(tx, heads)


def by_file(settings: Alerts) -> HeadChecker:
    heads = HeadChecker(settings)
    heads.read_file()
    return heads


async def by_keeper(settings: Alerts, keeper: Database) -> HeadChecker:
    heads = HeadChecker(settings)
    async with keeper.read() as tx:
        heads.take("identity", record_heads.to_lines(await record_heads.kept(tx, "alerts")).splitlines())
    return heads


async def given_to(keeper: Database, settings: Alerts, database: Database, platform: TestPlatform) -> None:
    """The real way: outbox, relay, NATS, identity's consumer."""
    of_identity = platform.service("identity", migrated=False).settings(Identity)
    bus = Bus(of_identity, keeper, [Consumer("keep-alerts-head", RecordSealed, record_heads.keep)], [])

    async def waiting() -> int:
        async with database.read() as tx:
            return (await tx.execute(select(func.count()).select_from(outbox))).scalar_one()

    async def kept() -> bool:
        async with keeper.read() as tx:
            return bool(await record_heads.kept(tx, "alerts"))

    async with running(Relay(settings, database), bus):
        await eventually(waiting, 0)
        await eventually(kept)


async def test_the_chain_alone_does_not_miss_its_end_and_the_file_does(
    database: Database, settings: Alerts, owner: asyncpg.Connection
) -> None:
    await sealed(database, settings)
    assert await verified(database, by_file(settings)) == 10
    await owner.execute(CUT)
    async with database.read() as tx:
        assert await audit_log.verify(tx) == 7, "what is left is whole"
    with pytest.raises(BrokenChainError, match=r"seals 8 to 10 are missing: the file of heads"):
        await verified(database, by_file(settings))


async def test_the_other_service_misses_it_too_and_a_copy_that_went_on(
    platform: TestPlatform, database: Database, settings: Alerts, keeper: Database, owner: asyncpg.Connection
) -> None:
    await sealed(database, settings)
    await given_to(keeper, settings, database, platform)
    assert await verified(database, await by_keeper(settings, keeper)) == 10
    await owner.execute(CUT)
    with pytest.raises(BrokenChainError, match=r"seals 8 to 10 are missing: identity"):
        await verified(database, await by_keeper(settings, keeper))
    await sealed(database, settings)
    with pytest.raises(BrokenChainError, match=r"seal 10 is not the one of .* that identity holds"):
        await verified(database, await by_keeper(settings, keeper))


async def test_the_command_says_what_is_missing(
    platform: TestPlatform, database: Database, settings: Alerts, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    await sealed(database, settings)
    bound = platform.service("alerts", migrated=False)

    def run(*more: str) -> "subprocess.CompletedProcess[str]":
        return bound.ended("verify-records", *more)

    whole = await asyncio.to_thread(run)
    assert (whole.returncode, whole.stdout.strip()) == (0, "whole: 10 sealed records, 1 heads"), whole.stderr
    copy = tmp_path / "copy.jsonl"
    file = settings.record_heads_file
    assert file is not None
    file.rename(copy)
    await owner.execute(CUT)
    alone = await asyncio.to_thread(run)
    assert "note: the file of heads: no head that counts" in alone.stderr
    cut = await asyncio.to_thread(run, "--heads", str(copy))
    assert cut.returncode == 1
    assert "seals 8 to 10 are missing: the other service" in cut.stderr


async def test_a_head_of_another_key_is_refused(platform: TestPlatform, database: Database, settings: Alerts) -> None:
    await sealed(database, settings)
    file = settings.record_heads_file
    assert file is not None
    [line] = file.read_text("utf-8").splitlines()
    honest = RecordHead.model_validate_json(line)
    forger = Heads(settings, Signer("alerts", Ed25519PrivateKey.generate()))
    sibling = platform.service("identity", migrated=False).settings(Identity)
    of_identity = Heads(settings, Signer.from_settings(sibling))
    unknown = forger.signed(99, bytes(32), clock.now())
    for bad, why in (
        (of_identity.signed(99, bytes(32), clock.now()), "signed by another"),
        (honest.model_copy(update={"position": 99}), "wrong signature"),
        (honest.model_copy(update={"hash": "0" * 64}), "wrong signature"),
    ):
        with pytest.raises(BrokenChainError, match=why):
            HeadChecker(settings).take("the file", [bad.model_dump_json()])
    heads = HeadChecker(settings)
    heads.take("the file", [unknown.model_dump_json(), line])
    assert (heads.counted, heads.notes) == (
        1,
        ["the file: 1 heads do not count, their key is unknown or was withdrawn"],
    )
    assert await verified(database, heads) == 10
    with pytest.raises(BrokenChainError, match="line 1: not a head"):
        HeadChecker(settings).take("the file", ["{}"])


async def test_heads_are_given_away_once_a_minute_and_at_the_end(database: Database, settings: Alerts) -> None:
    file = settings.record_heads_file
    assert file is not None
    sealer = Sealer(database, Heads(settings, Signer.from_settings(settings)))
    for _ in range(3):
        await act(database, 1)
        await sealer.seal()
    assert len(file.read_text().splitlines()) == 1
    await sealer.drain()
    await sealer.drain()
    positions = [RecordHead.model_validate_json(line).position for line in file.read_text().splitlines()]
    assert positions == [1, 3]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_full_file_is_put_aside(settings: Alerts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_heads, "_FULL", 1000)
    file = settings.record_heads_file
    assert file is not None
    heads = Heads(settings, Signer.from_settings(settings))
    for position in range(1, 31):
        heads.write(heads.signed(position, bytes(32), clock.now()))
    assert len(record_heads.files(file)) > 2
    read = by_file(settings)
    assert read.counted == 30


def test_a_full_disk_cuts_off_a_head_and_breaks_no_chain(settings: Alerts, monkeypatch: pytest.MonkeyPatch) -> None:
    write, room = os.write, [50, 0]

    def full(descriptor: int, octets: bytes) -> int:
        if not (left := room.pop(0)):
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, octets[:left])

    file = settings.record_heads_file
    assert file is not None
    heads = Heads(settings, Signer.from_settings(settings))
    heads.write(heads.signed(1, bytes(32), clock.now()))
    with monkeypatch.context() as patch:
        patch.setattr("os.write", full)
        heads.write(heads.signed(2, bytes(32), clock.now()))
    assert not room
    heads.write(heads.signed(3, bytes(32), clock.now()))
    read = by_file(settings)
    assert read.counted == 2
    assert read.notes == ["the file of heads: 1 lines do not count, they were cut off"]


@pytest.mark.parametrize("left", [b'\xff\xfe{"position"}\n', bytes(512), bytes(20) + b"\n", b"\xe5\x9d\n"])
def test_what_a_power_loss_leaves_in_the_file_breaks_no_chain(settings: Alerts, left: bytes) -> None:
    file = settings.record_heads_file
    assert file is not None
    heads = Heads(settings, Signer.from_settings(settings))
    heads.write(heads.signed(1, bytes(32), clock.now()))
    with file.open("ab") as appended:
        appended.write(left)
    heads.write(heads.signed(2, bytes(32), clock.now()))
    read = by_file(settings)
    assert read.counted == 2
    assert read.notes == ["the file of heads: 1 lines do not count, they were cut off"]


def test_zeros_before_a_head_are_passed_over(settings: Alerts) -> None:
    file = settings.record_heads_file
    assert file is not None
    heads = Heads(settings, Signer.from_settings(settings))
    file.parent.mkdir()
    file.write_bytes(bytes(20) + heads.signed(1, bytes(32), clock.now()).model_dump_json().encode() + b"\n")
    assert by_file(settings).counted == 1


def test_a_file_that_cannot_be_read_is_said_in_words(settings: Alerts) -> None:
    file = settings.record_heads_file
    assert file is not None
    file.mkdir(parents=True)
    with pytest.raises(BrokenChainError, match="the file of heads cannot be read: IsADirectoryError"):
        by_file(settings)
