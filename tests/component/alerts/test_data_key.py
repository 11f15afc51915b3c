"""A new data key at alerts: every encrypted column is marked as the code encrypts it."""

from pingshan_alerts.domain.notification import Outgoing
from pingshan_alerts.settings import Settings
from pingshan_alerts.store import notifications, webhooks
from pingshan_alerts.store.tables import metadata
from pingshan_alerts.store.webhooks import Webhook
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database

from tests.support.data_keys import rotated
from tests.support.platform import TestPlatform


async def test_after_a_rotation_everything_is_read_with_the_new_key(platform: TestPlatform) -> None:
    settings = platform.service("alerts").settings(Settings)
    database, before = Database.from_settings(settings), PersonalData.from_settings(settings)
    hook = Webhook("water", "https://example.test/hook", "webhook's secret")
    sent = Outgoing(uuid7(), "login-code", "zh-Hans", "+8613800000001", {"code": "123456"})
    async with database.begin() as tx:
        await webhooks.put(tx, before, hook, "somebody", clock.now())
        await notifications.add(tx, before, sent, caller="identity")
    after = await rotated(database, settings, metadata)
    async with database.begin() as tx:
        assert await webhooks.find(tx, after, "water") == hook
        assert await notifications.claim(tx, after, sent.notification_id) == sent
    await database.close()
