"""A rendition is given out with its hash and its record, or not at all, whatever dies meanwhile."""

import asyncio
import os
import signal

import pytest
from pingshan_e_license.clients.organisations import Organisations
from pingshan_e_license.domain.license import License
from pingshan_e_license.domain.renditions.face import Format
from pingshan_e_license.store.tables import rendition
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.renditions.render_license import RenderLicense, Rendition, render_license
from pingshan_kit import audit_log
from pingshan_kit.errors import Unavailable
from pingshan_kit.storage.tables import record
from sqlalchemy import func, select

from tests.support.e_license.orders import issue_permit, issuer_of
from tests.support.e_license.service import RunningService

AMR = issuer_of("amr")


async def kept(given: Dependencies, permit: License) -> tuple[int, int]:
    """How many hashes and how many records there are of the licence's renditions."""
    files = select(func.count()).where(rendition.c.license_id == permit.license_id)
    records = select(func.count()).where(record.c.subject == str(permit.license_id), record.c.act == "license.rendered")
    async with given.database.read() as tx:
        return (await tx.execute(files)).scalar_one(), (await tx.execute(records)).scalar_one()


async def rendered(given: Dependencies, permit: License, kind: Format = Format.PDF) -> Rendition:
    return await render_license(given, AMR, RenderLicense(permit.license_id, kind))


async def test_the_worker_dies(running: RunningService) -> None:
    given = running.given
    permit = (await issue_license(given, AMR, issue_permit("RENDERDIES"))).license
    await rendered(given, permit, Format.CARD)  # the worker is there now
    worker = given.renderer._worker._process  # noqa: SLF001 - whom to kill
    assert worker is not None
    under_way = asyncio.create_task(rendered(given, permit, Format.OFD))
    await asyncio.sleep(0.1)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(Unavailable):
        await under_way
    assert await kept(given, permit) == (1, 1)
    again = await rendered(given, permit, Format.OFD)
    assert again.content[:2] == b"PK"
    assert await kept(given, permit) == (2, 2)


async def test_its_record_cannot_be_written(running: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    given = running.given
    permit = (await issue_license(given, AMR, issue_permit("RENDERFAILS"))).license

    async def fail(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(audit_log, "append", fail)
    with pytest.raises(ConnectionError):
        await rendered(given, permit)
    assert await kept(given, permit) == (0, 0)


async def test_many_ask_at_once_for_the_same(running: RunningService) -> None:
    given = running.given
    permit = (await issue_license(given, AMR, issue_permit("RENDERMANY"))).license
    files = await asyncio.gather(*(rendered(given, permit) for _ in range(5)))
    assert len({each.content for each in files}) == 1
    assert await kept(given, permit) == (1, 5)


async def test_the_name_of_the_agency_is_not_known_yet(
    running: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Identity was never reached: no face is given out with a code in the place of the name."""
    given = running.given
    permit = (await issue_license(given, AMR, issue_permit("RENDERNAMELESS"))).license

    async def none_yet(_: object) -> dict[str, object]:
        return {}

    monkeypatch.setattr(Organisations, "names", none_yet)
    with pytest.raises(Unavailable):
        await rendered(given, permit)
    assert await kept(given, permit) == (0, 0)
