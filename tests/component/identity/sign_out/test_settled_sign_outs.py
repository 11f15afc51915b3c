"""The database finds the sign-outs to be completed by the same rule as the domain."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import product

import pytest
from pingshan_identity.domain.sign_out.sign_out import UNTOLD_LIFE, DeliveryState, SignOut
from pingshan_identity.settings import Settings
from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.store.tables import client, person
from pingshan_kit import clock
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from sqlalchemy import select

from tests.support.platform import BoundService


@pytest.fixture(scope="module")
async def database(platform_settings: Callable[..., BoundService]) -> AsyncIterator[Database]:
    database = Database.from_settings(platform_settings("identity", seeded=True).settings(Settings))
    yield database
    await database.close()


async def test_what_is_settled_is_found(database: Database) -> None:
    now, moment = clock.now(), timedelta(microseconds=1)
    kinds = [(state, None) for state in DeliveryState] + [(DeliveryState.UNSUPPORTED, now + UNTOLD_LIFE)]
    async with database.begin() as tx:
        who = str((await tx.execute(select(person.c.person_id).limit(1))).scalar_one())
        systems = (await tx.execute(select(client.c.client_id).order_by(client.c.client_id).limit(2))).scalars().all()
        ids = []
        for chosen in product(kinds, kinds):
            ids.append(uuid7())
            made = SignOut(str(ids[-1]), who, None, "signed-out", f"person:{who}", now, None, None)
            rows = [
                {"client_id": system, "state": state.value, "alive_until": alive_until, "event_id": uuid7()}
                for system, (state, alive_until) in zip(systems, chosen, strict=True)
            ]
            await sign_outs.add(tx, made, rows)
        for at in (now, now + UNTOLD_LIFE - moment, now + UNTOLD_LIFE, now + UNTOLD_LIFE + moment):
            by_rule = [each for each in ids if all(one.is_settled(at) for one in await sign_outs.deliveries(tx, each))]
            assert set(await sign_outs.ripe(tx, at, len(ids))) == set(by_rule)
            assert by_rule
