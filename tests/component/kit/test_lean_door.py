"""Machines' routes are answered by the lean door as by the ordinary way, whatever is sent to them."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from pingshan_kit import telemetry
from pingshan_kit.errors import Forbidden, Unavailable
from pingshan_kit.http import Application, application
from pingshan_kit.http.documents import Document, DocumentRoute
from pingshan_kit.http.lean import DocumentDoor, LeanDoor
from pingshan_kit.http.peers import MOST_PER_PEER
from pingshan_kit.shares import Shares
from pingshan_kit.storage.database import Database
from pingshan_ui import environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.support.kit.service import ELicense
from tests.support.platform import TestPlatform

DOCUMENT = Document({"issuer": "https://example", "名": "值"}, "public, max-age=60")
TAG = DOCUMENT.answer(Request({"type": "http", "headers": []})).headers["etag"]
FORM = {"content-type": "application/x-www-form-urlencoded"}
RAISED: dict[str, Callable[[], Exception]] = {
    "away": lambda: Unavailable(part="database"),
    "forbidden": Forbidden,
    "teapot": lambda: HTTPException(418, headers={"x-own": "1"}),
    "bug": lambda: RuntimeError("the inside of the house"),
}


async def form(request: Request) -> Response:
    body = await request.body()
    fields = list(getattr(request.state, "form_fields", ()))
    for name, _ in fields:
        if name in RAISED:
            refused = RAISED[name]()
            raise refused
    client = request.client.host if request.client else ""
    code = telemetry.trace_code()
    return JSONResponse(
        {"fields": fields, "octets": len(body), "client": client, "traced": request.state.trace_id == code != ""}
    )


async def own_headers(_request: Request) -> Response:
    return PlainTextResponse("", headers={"Cache-Control": "public", "X-Frame-Options": "SAMEORIGIN"})


async def document(request: Request) -> Response:
    return DOCUMENT.answer(request)


def made(platform: TestPlatform, database: Database, one_in: int = 1_000_000, **options: Any) -> Application:
    return application(
        platform.service("e-license", migrated=False).settings(ELicense, trusted_proxies="127.0.0.1/32", **options),
        database=database,
        errors={},
        templates=environment(Path(__file__).parent, zh="控制台", en="Console"),
        machine=[
            Route("/form", form, methods=["POST"]),
            Route("/own", own_headers),
            Route("/document", document),
            Route("/other", form, methods=["POST"]),
            DocumentRoute("/kept", document, at_hand=lambda: DOCUMENT),
            DocumentRoute("/traced", document, at_hand=lambda: DOCUMENT),
            DocumentRoute("/not-at-hand", document, at_hand=lambda: None),
            DocumentRoute("/ordinary", document, at_hand=lambda: DOCUMENT),
        ],
        body_limit=10_000,
        lean={"/form": 1, "/own": 100, "/document": 100, "/kept": one_in, "/traced": 1, "/not-at-hand": 100},
    )


@pytest.fixture(scope="module", autouse=True)
def acts_have_ids() -> Iterator[None]:
    """Requests have trace ids, as in a process that exports nothing; the modules that follow here are not told so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telemetry, "tracer", TracerProvider(sampler=ALWAYS_OFF).get_tracer("tests"))
        yield


@pytest.fixture(scope="module")
def doors(platform: TestPlatform, publisher: Database) -> tuple[Application, Application]:
    return made(platform, publisher), made(platform, publisher, lean_door=False)


def asked() -> list[dict[str, Any]]:
    bodies: list[dict[str, Any]] = [
        {},
        {"content": "a=1&b=%E4%B8%AD&a="},
        {"content": b"\xff\xfe"},
        {"content": "a=%00"},
        {"content": "a=%FF"},
        {"content": "a=1&" * 1_001},
        {"content": "a" * 10_001},
        {"content": "a=1", "headers": {"content-length": "10001"}},
        {"content": "a=1", "headers": {"content-length": "3", "transfer-encoding": "chunked"}},
        {"content": '{"a": NaN}', "headers": {"content-type": "application/json"}},
        {"content": gzip.compress(b"a=1"), "headers": {"content-encoding": "gzip"}},
        *({"content": f"{name}=1"} for name in RAISED),
        {"content": "bug=1", "headers": {"accept": "text/html", "accept-language": "en"}},
        {"content": "away=1", "headers": {"accept-language": "en", "cookie": "pingshan_language=zh-Hans"}},
        {"content": "away=1", "headers": {"accept-language": "en"}},
        {"headers": {"x-forwarded-for": "203.0.113.9"}},
        {"headers": {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}},
        {"headers": {"if-none-match": '"other", W/' + TAG}},
        {"headers": {"if-none-match": "*"}},
        {"headers": {"if-none-match": '"other"'}},
    ]
    paths = (
        "/form",
        "/own",
        "/document",
        "/kept",
        "/traced",
        "/not-at-hand",
        "/ordinary",
        "/kept?language=en",
        "/other",
        "/form/",
        "/form?language=en",
        "/document?language=en",
        "/form?a=%FF",
    )
    return [
        {"method": method, "url": path} | given | {"headers": FORM | given.get("headers", {})}
        for method, path, given in product(("POST", "GET", "HEAD", "PUT", "OPTIONS"), paths, bodies)
    ]


def told(answer: httpx.Response) -> tuple[Any, ...]:
    """Returns all that an answer says but its trace id."""
    text: Any = answer.text
    if "json" in answer.headers.get("content-type", "") and text:
        found = answer.json()
        text = {name: value for name, value in found.items() if name != "trace_id"}
    elif "html" in answer.headers.get("content-type", ""):
        text = str(len(text) > 500)
    random = {"content-length", "set-cookie"}  # by the trace id, and by the cookie against forged forms
    headers = sorted((name, "" if name in random else value) for name, value in answer.headers.multi_items())
    return answer.status_code, text, headers


def noted_by(door: type[LeanDoor | DocumentDoor], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns what such doors answer from here on."""
    answered: list[str] = []
    own = door.__call__

    async def noted(self: Any, scope: Any, receive: Any, send: Any) -> None:
        answered.append(f"{scope['method']} {scope['path']}")
        await own(self, scope, receive, send)

    monkeypatch.setattr(door, "__call__", noted)
    return answered


def is_unusual(request: dict[str, Any]) -> bool:
    """Returns whether a document is asked for with a body, or as part of somebody's act."""
    return "content" in request or "traceparent" in request["headers"]


async def test_as_by_the_ordinary_way(doors: tuple[Application, Application], monkeypatch: pytest.MonkeyPatch) -> None:
    lean, kept = noted_by(LeanDoor, monkeypatch), noted_by(DocumentDoor, monkeypatch)
    found: list[list[tuple[Any, ...]]] = []
    for app in doors:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://e-license.example") as client:
            found.append([told(await client.request(**each)) for each in asked()])
    for each, one, other in zip(asked(), *found, strict=True):
        assert one == other, each
    documents = {f"{method} {path}" for path in ("/document", "/traced", "/not-at-hand") for method in ("GET", "HEAD")}
    assert set(lean) == {"POST /form", "GET /own", "HEAD /own", *documents, "GET /kept", "HEAD /kept"}
    plain = [each for each in asked() if (each["method"], each["url"]) == ("GET", "/kept") and not is_unusual(each)]
    assert kept == ["GET /kept"] * len(plain)
    assert "GET /kept" in lean, "with a body, or as part of another one's act"
    assert {status for status, *_ in found[0]} >= {200, 304, 400, 403, 404, 413, 500, 503}


async def test_one_client_has_one_count_at_both_doors(doors: tuple[Application, Application]) -> None:
    app = doors[0]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://e-license.example") as client:
        await client.get("/document")
        [limit] = [each for each in app.user_middleware if "shares" in each.kwargs]
        shares: Shares = limit.kwargs["shares"]  # type: ignore[assignment]
        with ExitStack() as taken:
            for _ in range(MOST_PER_PEER):
                taken.enter_context(shares.one_of("127.0.0.1"))
            asked = (("GET", "/document"), ("POST", "/other"), ("GET", "/kept"))
            answers = [(await client.request(*each)).status_code for each in asked]
    assert answers == [429, 429, 200], "a document that is at hand holds nothing while it is answered"


async def test_of_so_many_documents_one_is_traced(platform: TestPlatform, publisher: Database) -> None:
    app = made(platform, publisher, one_in=5)
    with pytest.MonkeyPatch.context() as patched:
        lean, kept = noted_by(LeanDoor, patched), noted_by(DocumentDoor, patched)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://e-license.example"
        ) as client:
            for _ in range(20):
                await client.get("/kept")
    assert (len(lean), len(kept)) == (4, 16)


def test_a_lean_path_is_one_of_the_routes() -> None:
    with pytest.raises(ValueError, match="none of the routes"):
        LeanDoor([Route("/form", form), Route("/{name}", form)], {"/form": 1, "/nothing": 1})
