"""Many numbers from one place."""

from collections.abc import Callable

import pytest

from tests.support.alerts.fake import FakeAlerts
from tests.support.platform import BoundService, TestPlatform
from tests.support.wifi_portal.visitor import Visitor

Visitors = Callable[..., Visitor]


@pytest.fixture(scope="module")
def portal(platform: TestPlatform, bound: BoundService, alerts: FakeAlerts) -> str:
    """With narrow limits."""
    platform.start("wifi-portal", network_codes="8", hotspot_codes="4")
    return bound.fields["public_url"]


async def ask(visitor: Visitor, mobile: str) -> int:
    await visitor.join()
    return (await visitor.ask_for_code(mobile)).status_code


async def test_codes_per_hotspot_and_per_network_are_limited(visitor: Visitors, alerts: FakeAlerts) -> None:
    park = [await ask(visitor(), f"1380000300{digit}") for digit in range(5)]
    assert park == [200, 200, 200, 200, 429]
    stop = [await ask(visitor(controller="PS-NAS-01", hotspot="PS-HS-001"), f"1380000301{n}") for n in range(4)]
    assert stop == [200] * 4
    third = await ask(visitor(controller="PS-NAS-02", hotspot="PS-HS-029"), "13800003020")
    assert third == 429
    assert len(alerts.sent) == 8
