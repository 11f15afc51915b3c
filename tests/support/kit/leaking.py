"""A process of the kit that fails in every way that it can, each time with values that must not be told.

`python -m tests.support.kit.leaking`, with the settings of e-license and alerts in the environment. What it writes,
exports and keeps is searched by tests/security/kit/test_leaks.py.
"""

import asyncio
import gc
import logging as standard
import ssl
import threading
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import grpc
import httpx
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_events.e_license import LicenseIssued
from pingshan_kit import logging, telemetry
from pingshan_kit.errors import KIT_ERRORS, ErrorRule, NotFound, Unavailable
from pingshan_kit.events.bus import Bus, Consumer
from pingshan_kit.events.messaging import Link
from pingshan_kit.events.relay import Relay
from pingshan_kit.events.signatures import Signer
from pingshan_kit.ids import uuid7
from pingshan_kit.jobs import Abandon, Job, JobHandler, enqueue
from pingshan_kit.jobs.queue import JobKind
from pingshan_kit.jobs.runner import JobRunner
from pingshan_kit.outgoing import CallFailed, Outgoing
from pingshan_kit.rpc import RpcServer, channel, raise_from
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.tables import dead_letter, job
from pingshan_kit.telemetry import tracer
from pingshan_values.outside_address import Trusted, outside_address
from pydantic import BaseModel
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.canaries import CANARIES, MOBILE, NAME, PASSWORD, TOKEN
from tests.support.kit.console import console
from tests.support.kit.rpc import Licenses
from tests.support.kit.service import SEND, Alerts, ELicense, Message, eventually, issue, running

SAID = " ".join(CANARIES)
STRICT = JobKind("strict", Message, attempts=1)


class Form(BaseModel):
    count: int
    inner: dict[str, int] = {}


class Told(Exception):
    """Its text holds what it was about."""


async def statements(database: Database) -> None:
    """Each statement fails; the values are its parameters, or those of the row that PostgreSQL shows."""
    row = {"id": func.uuidv7(), "source": "job", "handler": NAME, "message_id": MOBILE, "subject": SAID, "payload": b""}
    whole = row | {"headers": {}, "code": "X", "attempts": 1, "trace_id": ""}
    failing: list[tuple[Any, dict[str, Any]]] = [
        (dead_letter.insert().values(row | {"headers": {}, "attempts": 1, "trace_id": ""}), {}),
        (dead_letter.insert().values(whole), {}),
        (text("SELECT CAST(CAST(:value AS text) AS integer)"), {"value": SAID}),
        (text("SELECT CAST(:value AS integer)"), {"value": SAID}),
        (
            text("SELECT set_config('statement_timeout', '50', true), pg_sleep(0), CAST(:value AS text)"),
            {"value": SAID},
        ),
        (job.insert().values(kind=SAID, key=SAID, payload={"to": SAID}, run_at=None), {}),
    ]
    async with database.begin() as tx:
        await tx.execute(dead_letter.insert().values(whole))
    for statement, values in failing:
        try:
            with tracer.start_as_current_span("act"):
                async with database.begin() as tx:
                    await tx.execute(statement, values)
                    await tx.execute(text("SELECT pg_sleep(0.2), CAST(:value AS text)"), {"value": SAID})
        except (DBAPIError, Unavailable):
            logging.log.exception("statement.failed")
    async with database.begin() as tx:
        await tx.execute(dead_letter.delete())


async def raises_validation(*_: object) -> None:
    Form.model_validate({"count": SAID, "inner": {SAID: SAID}, NAME: TOKEN})


async def raises_group(*_: object) -> None:
    raise ExceptionGroup(SAID, [Told(SAID), KeyError(SAID), UnicodeDecodeError("utf-8", SAID.encode(), 0, 1, SAID)])


async def raises_chain(*_: object) -> None:
    try:
        await raises_validation()
    except ValueError as error:
        raise Told(SAID) from error


WAYS: tuple[Callable[..., Awaitable[None]], ...] = (raises_validation, raises_group, raises_chain)


async def pages(settings: ServiceSettings, database: Database) -> None:
    """Requests whose handler fails, over HTTP, with values in address, header, cookie and form."""
    app = console(settings, database)

    async def fail(way: Callable[..., Awaitable[None]], _: Request) -> Response:
        await way()
        return Response()

    for number, way in enumerate(WAYS):
        app.router.routes.insert(0, Route(f"/fail/{number}", partial(fail, way), methods=["GET", "POST"]))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {TOKEN}", "cookie": f"a={TOKEN}", "traceparent": TOKEN, "origin": "null"}
    async with httpx.AsyncClient(transport=transport, base_url=settings.public_url, headers=headers) as client:
        for number in range(len(WAYS)):
            await client.get(f"/fail/{number}", params={"code": TOKEN, "q": NAME})
            await client.get(f"/fail/{number}", headers={"accept": "text/html"})
        await client.post("/echo", data={"name": NAME, "password": PASSWORD})
        await client.post("/v1/things", json={"name": SAID, "count": SAID, SAID: 1})
        await client.get(f"/{TOKEN}/{MOBILE}", params={"code": TOKEN})
        await client.get("/v1/mine", params={"access_token": TOKEN})


async def calls(settings: ServiceSettings, callee: ServiceSettings) -> None:
    """RPCs that fail inside, and that refuse with the values in their sentence and details."""
    licenses = Licenses()
    sentence = ErrorRule("PLATFORM_NOT_FOUND", 404, grpc.StatusCode.NOT_FOUND, "{said}", "{said}")
    add = partial(license_pb2_grpc.add_LicenseServiceServicer_to_server, licenses)
    server = RpcServer(callee, [add], {**KIT_ERRORS, NotFound: sentence})

    async def refuses(_: object) -> None:
        raise NotFound(said=SAID)

    async def dies(_: object) -> None:
        raise grpc.aio.AioRpcError(grpc.StatusCode.INTERNAL, grpc.aio.Metadata(), grpc.aio.Metadata(), SAID, SAID)

    async with running(server):
        await server.started.wait()
        async with channel(settings, "e-license") as connection:
            stub = license_pb2_grpc.LicenseServiceStub(connection)
            for behavior in (*WAYS, refuses, dies):
                licenses.behavior = behavior
                try:
                    with tracer.start_as_current_span("act"):
                        try:
                            await stub.GetLicenseHolder(license_pb2.GetLicenseHolderRequest())
                        except grpc.aio.AioRpcError as error:
                            raise_from(error)
                except Exception:  # noqa: BLE001 - as an act of a service would log it
                    logging.log.exception("call.failed")
        await server.stop()


async def outside() -> None:
    """Calls whose address is a secret, refused, unanswered, answered by 500, and led elsewhere."""

    async def fails(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 500 {TOKEN}\r\nx-token: {TOKEN}\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(fails, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        secret = f"robot/{TOKEN}/send?access_token={TOKEN}"
        for address in (f"http://127.0.0.1:{port}/{secret}", f"http://127.0.0.1:1/{secret}", f"http://[{TOKEN}/"):
            with suppress(CallFailed):
                await Outgoing(total_seconds=2).call("POST", address, json={"name": NAME})
        for url in (f"https://nowhere.invalid/{secret}", f"https://127.0.0.1:{port}/{secret}"):
            try:
                address = outside_address(url, Trusted.of({"127.0.0.0/8"}))
                await Outgoing(total_seconds=2).call("POST", address, json={"name": NAME})
            except Exception:  # noqa: BLE001 - as a job would log it
                logging.log.exception("delivery.failed")


async def messages(publisher: ELicense, database: Database, listener: Alerts, listening: Database) -> None:
    """Events whose handler fails for good, and one that is none."""

    async def fail(tx: object, event: LicenseIssued) -> None:
        await WAYS[int(event.license_id.removeprefix("license-")) % len(WAYS)]()

    consumer, link = Consumer("notify-license-issued", LicenseIssued, fail), Link(publisher, "junk")
    async with running(Relay(publisher, database), Bus(listener, listening, [consumer], [], retry_seconds=())):
        await issue(database, len(WAYS))
        broker = await link.connect()
        junk = f'{{"license_id": ["{NAME}"], "{TOKEN}": "{TOKEN}"}}'.encode()
        signed = Signer.from_settings(publisher).headers(LicenseIssued.subject, str(uuid7()), junk)
        await broker.connection.jetstream().publish(LicenseIssued.subject, junk, headers=signed)
        await eventually(partial(dead, listening, "event"), len(WAYS) + 1)
    await link.close()


async def jobs(database: Database) -> None:
    """Jobs that fail for good, and one whose payload is none."""

    async def fail(work: Job[Message]) -> None:
        if work.key == "abandoned":
            raise Abandon("REFUSED") from Told(SAID)
        await WAYS[int(work.key)]()

    async with database.begin() as tx:
        for number in range(len(WAYS)):
            await enqueue(tx, STRICT, str(number), Message())
        await enqueue(tx, STRICT, "abandoned", Message())
        unreadable = {"kind": SEND.name, "key": "unreadable", "payload": {"to": [SAID], SAID: 1}, "traceparent": ""}
        await tx.execute(job.insert().values(unreadable | {"run_at": func.now()}))
    async with running(JobRunner(database, [JobHandler(STRICT, fail), JobHandler(SEND, fail)], [])):
        await eventually(partial(dead, database, "job"), len(WAYS) + 2)


async def dead(database: Database, source: str) -> int:
    died = dead_letter.c.died_at.is_not(None) & (dead_letter.c.source == source)
    async with database.read() as tx:
        return (await tx.execute(select(func.count()).select_from(dead_letter).where(died))).scalar_one()


async def libraries() -> None:
    """What asyncio, threads, warnings and libraries write of themselves."""
    loop = asyncio.get_running_loop()
    loop.call_soon(partial(int, SAID))
    task = asyncio.create_task(raises_chain())
    await asyncio.sleep(0.05)
    del task
    gc.collect()
    warnings.warn(SAID, stacklevel=1)
    thread = threading.Thread(target=int, args=(SAID,))
    thread.start()
    thread.join()
    library = standard.getLogger("some.library")
    library.error("Could not send %s to %s after %d tries", NAME, MOBILE, 3)
    library.error("Could not send %(name)s", {"name": NAME})
    library.error(f"Could not send {MOBILE} to {NAME}\n{PASSWORD}")
    library.error(Told(SAID))
    library.error(ssl.SSLError(1, SAID))
    try:
        await raises_chain()
    except Told:
        library.exception("Unexpected", stack_info=True)
        logging.log.error("own", error=Told(SAID), form=Form(count=1), said={"password": PASSWORD}, exc_info=True)


@asynccontextmanager
async def databases(*settings: ServiceSettings) -> AsyncIterator[list[Database]]:
    opened = [Database.from_settings(each) for each in settings]
    yield opened
    for database in opened:
        await database.close()


async def fail_in_every_way() -> None:
    publisher, listener = ELicense(), Alerts()
    async with databases(publisher, listener) as (database, listening):
        await statements(database)
        await pages(publisher, database)
        await calls(listener, publisher)
        await outside()
        await jobs(database)
        await messages(publisher, database, listener, listening)
        await libraries()
    logging.log.info("failed.in_every_way")


if __name__ == "__main__":
    logging.set_up("e-license")
    telemetry.set_up("e-license", "embedded")
    try:
        asyncio.run(fail_in_every_way())
    finally:
        telemetry.shut_down()
