"""A service with everything that runs by itself, as a process: `python -m tests.support.kit.busy_process serve …`.

It is alerts made of the kit alone: a consumer, jobs, a periodic job, the relay and the sealer. Each effect is a row of
`command` that cannot be added twice.
"""

import asyncio
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from pingshan_events.e_license import LicenseChanged, LicenseIssued, LicenseRevoked
from pingshan_events.identity import DutyFilled, RecordSealed
from pingshan_events.wifi_portal import ControllerStopped
from pingshan_events.workflow import CaseClosed
from pingshan_kit.events.bus import Consumer
from pingshan_kit.jobs import Job, JobHandler, Periodic
from pingshan_kit.process.runner import main
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import command
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.kit.console import console
from tests.support.kit.service import SEND, Alerts, Message, note


def build(settings: Alerts) -> Service:
    database = Database.from_settings(settings)

    async def issued(tx: AsyncConnection, event: LicenseIssued) -> None:
        """`agency` is the seconds that the transaction stays open, where it is a number."""
        await note(tx, event)
        await asyncio.sleep(float(event.agency) if event.agency.isdecimal() else 0)

    async def send(task: Job[Message]) -> None:
        """`to` is the seconds that the transaction stays open."""
        async with database.begin() as tx:
            sent = {"caller": f"job {task.attempt}", "request_id": uuid5(NAMESPACE_URL, task.key), "request_hash": b""}
            await tx.execute(command.insert().values(sent))
            await asyncio.sleep(float(task.payload.to or 0))

    async def tick() -> None:
        async with database.begin() as tx:
            await tx.execute(delete(command).where(command.c.caller == "nobody"))

    return Service(
        settings=settings,
        database=database,
        errors={},
        http=console(settings, database),
        consumers=[
            Consumer("notify-license-issued", LicenseIssued, issued),
            Consumer("notify-license-changed", LicenseChanged, note),
            Consumer("notify-license-revoked", LicenseRevoked, note),
            Consumer("notify-case-closed", CaseClosed, note),
            Consumer("raise-controller-stopped", ControllerStopped, note),
            Consumer("raise-duty-filled", DutyFilled, note),
            Consumer("keep-identity-head", RecordSealed, note),
        ],
        jobs=[JobHandler(SEND, send)],
        periodic=[Periodic("tick", timedelta(seconds=1), tick)],
    )


if __name__ == "__main__":
    main(build, Alerts)
