"""Whose trace an act belongs to, and what leaves no trace."""

import secrets
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import grpc
import httpx
import pytest
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import ServiceTokens
from pingshan_kit.trust.service_tokens import HEADER
from pingshan_tools.process import Program, answers
from pingshan_tools.traces.kept import SpanRecord

from tests.support.kit.service import Alerts, ELicense
from tests.support.platform import TestPlatform
from tests.support.servers import Running
from tests.support.spans import CollectedSpans
from tests.support.tokens import TokenIssuer

SERVICE = "pingshan.e_license.v1.LicenseService"


@pytest.fixture(scope="module")
def console(spans: CollectedSpans, platform: TestPlatform, settings: ELicense, publisher: Database) -> Iterator[str]:
    bound = platform.service("e-license", migrated=False)
    program = Program(
        name="console",
        argv=(sys.executable, "-m", "tests.support.kit.console_process", "serve"),
        ready=lambda: answers("127.0.0.1", settings.http_port),
        environment=bound.environment | {"OTEL_BSP_SCHEDULE_DELAY": "200"},
        folder=Path(__file__).parents[3],
    )
    running = Running(program, platform.folder).start()
    yield settings.public_url
    running.stop()


@pytest.fixture
async def client(console: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=console, timeout=10) as client:
        yield client


@pytest.fixture
def sibling(platform: TestPlatform) -> str:
    """A token that proves alerts to e-license."""
    return ServiceTokens(platform.service("alerts", migrated=False).settings(Alerts)).sign("e-license")


def traceparent() -> tuple[str, str]:
    """A made-up one, and its trace id."""
    trace_id = secrets.token_hex(16)
    return f"00-{trace_id}-{secrets.token_hex(8)}-01", trace_id


def named(spans: Iterable[SpanRecord], name: str, trace_id: str) -> list[SpanRecord]:
    """Spans of that name that belong to the trace or point to it."""
    return [span for span in spans if span.name == name and trace_id in (span.trace_id, *span.links)]


async def one(spans: CollectedSpans, name: str, trace_id: str) -> SpanRecord:
    found = await spans.wait_for(lambda seen: bool(named(seen, name, trace_id)))
    return named(found, name, trace_id)[0]


async def test_a_traceparent_from_outside_becomes_a_link(client: httpx.AsyncClient, spans: CollectedSpans) -> None:
    header, trace_id = traceparent()
    await client.get("/form", headers={"traceparent": header})
    span = await one(spans, "GET /form", trace_id)
    assert (span.parent_id, span.links) == ("", (trace_id,))
    assert span.trace_id != trace_id
    assert span.kind == "server"


async def test_a_sibling_is_a_parent(client: httpx.AsyncClient, spans: CollectedSpans, sibling: str) -> None:
    header, trace_id = traceparent()
    await client.get("/form", headers={"traceparent": header, HEADER: sibling})
    span = await one(spans, "GET /form", trace_id)
    assert (span.trace_id, span.parent_id) == (trace_id, header.split("-")[2])


async def test_a_made_up_sibling_is_none(client: httpx.AsyncClient, spans: CollectedSpans, sibling: str) -> None:
    header, trace_id = traceparent()
    await client.get("/form", headers={"traceparent": header, HEADER: sibling[:-4] + "AAAA"})
    assert (await one(spans, "GET /form", trace_id)).trace_id != trace_id


async def test_a_calling_sibling_is_a_parent(
    console: str, settings: ELicense, spans: CollectedSpans, sibling: str
) -> None:
    header, trace_id = traceparent()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as connection:
        stub = license_pb2_grpc.LicenseServiceStub(connection)
        request = license_pb2.GetLicenseHolderRequest()
        await stub.GetLicenseHolder(request, metadata=((HEADER, sibling), ("traceparent", header)))
    span = await one(spans, f"{SERVICE}/GetLicenseHolder", trace_id)
    assert (span.trace_id, span.attributes["pingshan.caller"]) == (trace_id, "service:alerts")


async def test_a_caller_from_outside_is_no_parent(
    console: str, settings: ELicense, spans: CollectedSpans, identity_tokens: TokenIssuer
) -> None:
    header, trace_id = traceparent()
    token = f"Bearer {identity_tokens.mint('e-license', 'officer')}"
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as connection:
        stub = license_pb2_grpc.LicenseServiceStub(connection)
        await stub.GetLicense(
            license_pb2.GetLicenseRequest(), metadata=(("authorization", token), ("traceparent", header))
        )
    span = await one(spans, f"{SERVICE}/GetLicense", trace_id)
    assert (span.parent_id, span.links) == ("", (trace_id,))


async def test_a_refused_caller_leaves_a_span_with_the_code(
    console: str, settings: ELicense, spans: CollectedSpans
) -> None:
    header, trace_id = traceparent()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{settings.grpc_port}") as connection:
        stub = license_pb2_grpc.LicenseServiceStub(connection)
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.GetLicense(license_pb2.GetLicenseRequest(), metadata=(("traceparent", header),))
    span = await one(spans, f"{SERVICE}/GetLicense", trace_id)
    assert span.attributes["error.type"] == "PLATFORM_UNAUTHENTICATED"


async def test_a_problem_document_names_its_trace(client: httpx.AsyncClient, spans: CollectedSpans) -> None:
    problem = (await client.get("/v1/boom")).json()
    found = await spans.wait_for(lambda seen: any(span.trace_id == problem["trace_id"] for span in seen))
    span = next(span for span in found if span.trace_id == problem["trace_id"])
    assert span.failed
    assert span.attributes["error.type"] == "PLATFORM_INTERNAL"


async def test_a_statement_belongs_to_its_act(client: httpx.AsyncClient, spans: CollectedSpans) -> None:
    """A cookie is looked up in the database; polls of relay, jobs and sealer are nobody's act."""
    header, trace_id = traceparent()
    cookie = {"cookie": "__Host-pingshan-e-license=of-nobody", "traceparent": header}
    await client.get("/form", headers=cookie)
    span = await one(spans, "GET /form", trace_id)
    found = await spans.wait_for(lambda seen: any(each.parent_id == span.span_id for each in seen))
    [statement] = [each for each in found if each.parent_id == span.span_id]
    assert (statement.name, statement.kind) == ("SELECT page_session", "client")
    assert statement.attributes["db.system.name"] == "postgresql"
    assert statement.attributes["db.operation.name"] == "SELECT"
    assert statement.attributes["db.collection.name"] == "page_session"
    assert not [each for each in found if "db.system.name" in each.attributes and not each.parent_id]


async def test_neither_health_nor_static_files_leave_a_span(client: httpx.AsyncClient, spans: CollectedSpans) -> None:
    for address in ("/healthz", "/readyz", "/static/ui/tokens.css"):
        assert (await client.get(address)).status_code == 200
    header, trace_id = traceparent()
    await client.get("/form", headers={"traceparent": header})
    await one(spans, "GET /form", trace_id)
    roots = {span.name for span in spans.all() if not span.parent_id}
    assert not [name for name in roots if "healthz" in name or "readyz" in name or "static" in name or name == "GET"]


async def test_no_span_carries_a_query_or_a_cookie(client: httpx.AsyncClient, spans: CollectedSpans) -> None:
    header, trace_id = traceparent()
    headers = {"traceparent": header, "cookie": "__Host-pingshan-e-license=the-cookie"}
    await client.get("/form?code=the-code&q=the-name", headers=headers)
    await one(spans, "GET /form", trace_id)
    kept = repr(spans.all())
    for secret in ("the-code", "the-name", "the-cookie"):
        assert secret not in kept
