"""What a stolen key of a sibling service could have sent: its own templates only, and within their budgets."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from pingshan.alerts.v1 import notification_pb2, notification_pb2_grpc
from pingshan_alerts.domain.errors import TooManyMessages
from pingshan_alerts.domain.notification import spendings
from pingshan_alerts.settings import Settings
from pingshan_alerts.store import message_budgets
from pingshan_alerts.store.seed_files import reference
from pingshan_kit import rpc
from pingshan_kit.clock import now
from pingshan_kit.crypto import PersonalData
from pingshan_kit.rpc.refusals import error_info
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_values.budget import Budget

from tests.support.alerts.service import Rows
from tests.support.platform import TestPlatform


async def _refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code(), error_info(refused.value).reason


class IdentitySettings(ServiceSettings):
    service = "identity"


@pytest.mark.parametrize("template_id", ["wifi-code", "wifi-quota-used", "alert-raised", "license-issued"])
async def test_identity_sends_its_own_templates_only(
    api: httpx.AsyncClient, platform: TestPlatform, template_id: str
) -> None:
    settings = platform.service("identity", migrated=False).settings(IdentitySettings)
    async with rpc.channel(settings, "alerts") as channel:
        stub: Any = notification_pb2_grpc.NotificationServiceStub(channel)
        request = notification_pb2.SendNotificationRequest(
            request_id=str(uuid4()),
            template_id=template_id,
            mobile_number="+8613800000012",
            language="en",
        )
        assert await _refusal(stub.SendNotification(request)) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "ALERTS_TEMPLATE_NOT_OF_CALLER",
        )


def _sign_in_reset(number: str) -> notification_pb2.SendNotificationRequest:
    return notification_pb2.SendNotificationRequest(
        request_id=str(uuid4()), template_id="sign-in-reset", mobile_number=number, language="en"
    )


async def test_one_number_gets_so_many_of_a_template_and_others_still_get_theirs(
    api: httpx.AsyncClient, platform: TestPlatform, rows: Rows
) -> None:
    template = reference().templates["sign-in-reset"]
    assert template.per_number
    settings = platform.service("identity", migrated=False).settings(IdentitySettings)
    async with rpc.channel(settings, "alerts") as channel:
        stub: Any = notification_pb2_grpc.NotificationServiceStub(channel)
        sent = [_sign_in_reset("+8613800000013") for _ in range(template.per_number.most)]
        for request in sent:
            await stub.SendNotification(request)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.SendNotification(_sign_in_reset("+8613800000013"))
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        info = error_info(refused.value)
        assert info.reason == "ALERTS_TOO_MANY_MESSAGES"
        assert (info.metadata["most"], info.metadata["minutes"]) == (str(template.per_number.most), "60")
        assert 0 < int(info.metadata["seconds"]) <= 600
        assert (await stub.SendNotification(sent[0])).notification_id, "the same request is answered as before"
        await stub.SendNotification(_sign_in_reset("+8613800000014"))
    found = await rows.one("SELECT count(*) FROM notification WHERE template_id = 'sign-in-reset'")
    assert found == template.per_number.most + 1


@pytest.mark.parametrize("which", ["per_caller", "altogether"])
async def test_a_caller_and_all_together_have_a_budget(database: Database, settings: Settings, which: str) -> None:
    """Many at the same time, each to a number of its own: no more than the budget go through, and none is doubled."""
    template, personal, moment = reference().templates["sign-in-reset"], PersonalData.from_settings(settings), now()
    altogether = Budget(30, timedelta(hours=1)) if which == "altogether" else reference().messages
    most = 30 if which == "altogether" else template.per_caller.most  # type: ignore[union-attr]
    service = f"test-{which}"

    async def one(number: int) -> bool:
        wanted = spendings(template, altogether, service, f"+86138{number:08d}")
        if which == "altogether":
            wanted = [replace(each, key=f"{service} {each.key}") for each in wanted]
        try:
            async with database.begin() as tx:
                await message_budgets.spend(tx, personal, wanted, moment)
        except TooManyMessages:
            return False
        return True

    assert sum(await asyncio.gather(*(one(number) for number in range(most + 5)))) == most
