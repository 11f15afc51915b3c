"""A new data key at wifi-portal: numbers are still found, and every encrypted column is marked as the code does it."""

from datetime import timedelta

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.text import Text
from pingshan_wifi_portal.domain.visit import Visit
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.store import controllers, sign_ins
from pingshan_wifi_portal.store.tables import hotspot, metadata
from sqlalchemy import select

from tests.support.data_keys import rotated
from tests.support.platform import TestPlatform

MOBILE, DEVICE = "+8613800000001", "02:00:00:00:00:01"


async def test_after_a_rotation_everybody_is_found_and_read_with_the_new_key(platform: TestPlatform) -> None:
    settings = platform.service("wifi-portal", seeded=True).settings(Settings)
    database, before = Database.from_settings(settings), PersonalData.from_settings(settings)
    async with database.begin() as tx:
        place = (await tx.execute(select(hotspot).limit(1))).one()
        visitor_id = await sign_ins.put_visitor(tx, before, uuid7(), MOBILE, "zh-Hans")
        await sign_ins.add(
            tx,
            before,
            sign_in_id=uuid7(),
            mobile=MOBILE,
            controller_id=place.controller_id,
            hotspot_id=place.hotspot_id,
            device_mac=DEVICE,
            network="192.0.2.0/24",
            language="zh-Hans",
            code=b"",
            sent_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=5),
            consented_at=clock.now(),
        )
        secrets = await controllers.load_all(tx, before)
    after = await rotated(database, settings, metadata)
    async with database.begin() as tx:
        assert await sign_ins.put_visitor(tx, after, uuid7(), MOBILE, "zh-Hans") == visitor_id, "found by telephone"
        assert await sign_ins.contact(tx, after, visitor_id) == (MOBILE, "zh-Hans")
        visit = Visit(place.controller_id, "", place.hotspot_id, Text(zh="", en=""), "", DEVICE, "")
        pending = await sign_ins.pending(tx, after, visit)
        assert await controllers.load_all(tx, after) == secrets
    assert pending is not None
    assert pending.mobile == MOBILE
    await database.close()
