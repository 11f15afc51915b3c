"""What is heard is stored before the answer, encrypted, and applied once: in groups, in order per key."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.errors import Unavailable
from pingshan_kit.events.dead_letters import DeadLetters, RetryFailedError
from pingshan_kit.intake import Heard, Intake, IntakeHandler, IntakeKind, Word
from pingshan_kit.intake import runner as runners
from pingshan_kit.intake.runner import IntakeRunner
from pingshan_kit.jobs.reencryption import reencrypt
from pingshan_kit.readiness import Readiness
from pingshan_kit.storage.database import FENCE, Database
from pingshan_kit.storage.housekeeping import clean
from pingshan_kit.storage.tables import dead_letter, intake
from pingshan_values.actor import ANONYMOUS
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from tests.support.kit.intakes import (
    NOISE,
    PERSONAL,
    applied,
    apply,
    applying,
    hearing,
    parked,
    waiting,
    words,
)
from tests.support.kit.service import eventually, kit_store, running


async def test_what_was_answered_is_stored_word_by_word_and_encrypted(database: Database) -> None:
    hear = hearing(database)
    await asyncio.gather(*(hear.hear(NOISE, word) for word in words(30)))
    await hear.hear_all(NOISE, [Word("key-0", "一字不差\0 13800001111"), *words(2)])
    async with database.read() as tx:
        rows = (await tx.execute(select(intake).order_by(intake.c.position))).all()
    assert len(rows) == 33
    texts = [PERSONAL.decrypt(row.payload, table="intake", column="payload", row=str(row.id)) for row in rows]
    assert sorted(texts[:30]) == sorted(str(number) for number in range(30))
    assert texts[30:] == ["一字不差\0 13800001111", "0", "1"]
    assert all(b"13800001111" not in row.payload for row in rows)
    assert abs(rows[0].heard_at - clock.now()) < timedelta(minutes=1)


async def test_each_is_applied_once_and_in_order_of_its_key(database: Database) -> None:
    hear = hearing(database)
    async with running(applying(database)):
        for start in range(0, 400, 40):
            await hear.hear_all(NOISE, words(400, keys=7)[start : start + 40])
        await eventually(lambda: waiting(database), 0)
    expected = {f"key-{key}": [str(n) for n in range(400) if n % 7 == key] for key in range(7)}
    assert await applied(database) == expected


async def test_many_share_a_transaction_and_no_more_than_the_kind_says(database: Database) -> None:
    sizes: list[int] = []

    async def note_size(tx: AsyncConnection, heard: Sequence[Heard]) -> None:
        sizes.append(len(heard))
        await apply(tx, heard)

    await hearing(database).hear_all(NOISE, words(120))
    async with running(IntakeRunner(database, PERSONAL, [IntakeHandler(NOISE, note_size)])):
        await eventually(lambda: waiting(database), 0)
    assert sizes == [50, 50, 20]


async def test_whoever_waits_is_told_when_its_own_is_applied(database: Database) -> None:
    hear = hearing(database)
    assert await hear.applied(NOISE, "nothing heard", within=0)
    await hear.hear(NOISE, Word("a", "1"))
    assert not await hear.applied(NOISE, "a", within=0.1)
    assert await hear.applied(NOISE, "b", within=0)
    async with running(applying(database)):
        assert await hear.applied(NOISE, "a", within=10)
        assert await applied(database) == {"a": ["1"]}


async def test_a_bad_one_is_parked_alone_and_the_later_ones_of_its_key_keep_their_order(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "_AGAIN_SECONDS", 0.05)
    hear = hearing(database)
    bad = Word("key-1", "bad 13900002222")
    await hear.hear_all(NOISE, [*words(60, keys=3)[:31], bad, *words(60, keys=3)[31:]])
    with capture_logs() as logs:
        async with running(applying(database)):
            await eventually(lambda: waiting(database), 0)
    assert await applied(database) == {f"key-{k}": [str(n) for n in range(60) if n % 3 == k] for k in range(3)}
    [(code, source, payload)] = await parked(database)
    assert (code, source, json.loads(payload)["key"]) == ("ZeroDivisionError", "intake", "key-1")
    async with database.read() as tx:
        letter = str((await tx.execute(select(dead_letter))).one())
    assert "2222" not in letter
    assert len([entry for entry in logs if entry["event"] == "intake.failed"]) == runners.ATTEMPTS


async def test_the_later_ones_of_a_key_wait_while_its_oldest_is_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "AWAY_SECONDS", 0.1)
    is_away = True

    async def sometimes(tx: AsyncConnection, heard: Sequence[Heard]) -> None:
        if is_away and any(each.key == "key-1" for each in heard):
            raise Unavailable(part="somebody")
        await apply(tx, heard)

    await hearing(database).hear_all(NOISE, words(40, keys=4))
    async with running(IntakeRunner(database, PERSONAL, [IntakeHandler(NOISE, sometimes)])):
        await eventually(lambda: waiting(database), 10)
        await asyncio.sleep(0.5)
        assert set(await applied(database)) == {"key-0", "key-2", "key-3"}
        is_away = False
        await eventually(lambda: waiting(database), 0)
    assert (await applied(database))["key-1"] == [str(number) for number in range(40) if number % 4 == 1]
    assert await parked(database) == []


async def test_a_person_decides_on_what_was_parked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "_AGAIN_SECONDS", 0.05)
    is_broken = True

    async def broken(tx: AsyncConnection, heard: Sequence[Heard]) -> None:
        if is_broken:
            raise LookupError
        await apply(tx, heard)

    letters = DeadLetters(database, [])
    await hearing(database).hear_all(NOISE, words(2, keys=2))
    async with running(IntakeRunner(database, PERSONAL, [IntakeHandler(NOISE, broken)])):
        await eventually(lambda: waiting(database), 0)
        first, second = await letters.open_letters()
        is_broken = False
        await letters.retry(ANONYMOUS, first.id)
        await eventually(lambda: applied(database), {first_key(first.payload): [first_key(first.payload)[-1]]})
    await letters.discard(ANONYMOUS, second.id, "测试")
    async with database.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(intake))).scalar_one() == 0
    assert await letters.count() == 0


def first_key(payload: str) -> str:
    return str(json.loads(payload)["key"])


async def test_what_was_parked_ends_by_retention_and_can_be_discarded_then(database: Database) -> None:
    await hearing(database).hear_all(NOISE, [Word("a", "bad"), Word("b", "bad"), Word("c", "waits")])
    async with database.begin() as tx:
        for key, days in (("a", 181), ("b", 179)):
            long_ago = func.now() - timedelta(days=days)
            await tx.execute(intake.update().where(intake.c.key == key).values(parked_at=long_ago))
        await tx.execute(intake.update().where(intake.c.key == "c").values(heard_at=func.now() - timedelta(days=999)))
        [gone] = (await tx.execute(select(intake.c.id).where(intake.c.key == "a"))).scalars()
        values = {"id": gone, "source": "intake", "handler": "noise", "message_id": str(gone), "subject": "noise"}
        values |= {"payload": b"{}", "headers": {}, "code": "X", "attempts": 3, "trace_id": "", "died_at": func.now()}
        await tx.execute(dead_letter.insert().values(values))
    await clean(database, ())
    async with database.read() as tx:
        assert set((await tx.execute(select(intake.c.key))).scalars()) == {"b", "c"}, "what waits is kept for ever"
    letters = DeadLetters(database, [])
    with pytest.raises(RetryFailedError, match="NotFound"):
        await letters.retry(ANONYMOUS, gone)
    await letters.discard(ANONYMOUS, gone, "测试")
    assert await letters.count() == 0


async def test_the_lag_is_a_figure_and_a_fault_when_it_is_long(database: Database) -> None:
    readiness = Readiness("e-license", database)
    hear = hearing(database)
    await hear.hear(NOISE, Word("a", "1"))
    await hear.hear(IntakeKind("quiet"), Word("a", "1"))
    late = func.now() - timedelta(minutes=4)
    async with database.begin() as tx:
        await tx.execute(intake.update().where(intake.c.kind == "noise").values(heard_at=late))
    _, facts = await readiness.report()
    ages = facts["figures"]["oldest_heard_seconds"]
    assert 240 <= ages["noise"] < 300
    assert 0 <= ages["quiet"] < 10
    assert facts["status"] == "degraded"
    assert facts["state"] == {
        "zh": "部分可用：已接收的 noise 已等 4 分钟 未处理",
        "en": "degraded: noise that was heard has waited for 4 min",
    }


async def test_inside_a_job_its_fence_is_asked(database: Database) -> None:
    async def fence(_tx: AsyncConnection) -> None:
        raise LookupError

    hear = hearing(database)
    token = FENCE.set(fence)
    for heard in (hear.hear(NOISE, Word("a", "1")), hear.hear_all(NOISE, words(2))):
        with pytest.raises(LookupError):
            await heard
    FENCE.reset(token)
    assert await waiting(database) == 0


async def test_two_handlers_of_one_kind_are_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="two handlers"):
        IntakeRunner(database, PERSONAL, [IntakeHandler(NOISE, apply), IntakeHandler(NOISE, apply)])


async def test_a_new_data_key_moves_what_waits(database: Database, tmp_path: Path) -> None:
    old, new, index = (bytes([number]) * 32 for number in range(3))
    await Intake(database, PersonalData([old], index)).hear_all(NOISE, words(3))
    await reencrypt(database, PersonalData([new, old], index), kit_store(tmp_path).metadata)
    async with running(IntakeRunner(database, PersonalData([new], index), [IntakeHandler(NOISE, apply)])):
        await eventually(lambda: waiting(database), 0)
    assert await applied(database) == {"key-0": ["0", "1", "2"]}
