"""The process is killed under load: every detection that was acknowledged is there, once, with its audience."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx

from tests.support.alerts.service import Rows, ponding, until
from tests.support.platform import TestPlatform


async def test_killed_under_load(
    api: httpx.AsyncClient, detector: dict[str, str], platform: TestPlatform, rows: Rows
) -> None:
    alerts = platform.running[-1]
    acknowledged: dict[str, str] = {}

    async def report(number: int) -> None:
        camera, headers = f"PS-CAM-{number:03d}", detector | {"Idempotency-Key": str(uuid4())}
        while True:
            try:
                answer = await api.post("/v1/detections/video", json=ponding(camera), headers=headers, timeout=5)
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == 202:
                acknowledged[camera] = answer.json()["alert_id"]
                return
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.2)

    def thirty_more(wanted: int) -> Callable[[], Awaitable[bool]]:
        async def reached() -> bool:
            return len(acknowledged) >= wanted

        return reached

    gate = asyncio.Semaphore(8)

    async def limited(number: int) -> None:
        async with gate:
            await report(number)

    reporting = asyncio.gather(*(limited(number) for number in range(1, 121)))
    for _ in range(2):
        await until(thirty_more(len(acknowledged) + 30), 60)
        alerts.kill()
        await asyncio.to_thread(alerts.start)
    await reporting
    assert len(acknowledged) == 120
    found = await rows.all(
        "SELECT a.alert_id, a.labels->>'camera_id' AS camera, a.report_count,"
        " (SELECT count(*) FROM report r WHERE r.alert_id = a.alert_id) AS reports,"
        " (SELECT count(*) FROM delivery d WHERE d.alert_id = a.alert_id AND d.channel <> 'webhook') AS told"
        " FROM alert a"
    )
    assert {row["camera"]: row["alert_id"] for row in found} == acknowledged
    assert {(row["report_count"], row["reports"], row["told"]) for row in found} == {(1, 1, 24)}
