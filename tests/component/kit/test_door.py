"""What no handler reads is refused before it, over HTTP, with a code and in the reader's language."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from pingshan_kit.http.application import BODY_LIMIT
from pingshan_kit.http.door import MOST_FIELDS, MOST_FORM_BYTES
from pingshan_kit.loop_lag import LoopLag
from pingshan_kit.storage.database import Database

from tests.support.kit.console import browser, console, csrf_token
from tests.support.kit.service import ELicense

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def client(database: Database, settings: ELicense) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(console(settings, database), settings) as client:
        yield client


@pytest.fixture
async def roomy(database: Database, settings: ELicense) -> AsyncIterator[httpx.AsyncClient]:
    """Takes bodies as large as services take."""
    async with browser(console(settings, database, body_limit=BODY_LIMIT), settings) as client:
        yield client


def is_refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (400, "PLATFORM_UNREADABLE") and "trace_id" in answer.json()


@pytest.mark.parametrize(
    "address", ["/mine?a=%00", "/mine?a=%FF", "/mine?%ED%A0%80=1", "/v1/mine?a=%00", "/a%00", "/%FF"]
)
async def test_addresses(client: httpx.AsyncClient, address: str) -> None:
    assert is_refused(await client.get(address))


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "Idempotency-Key"])
@pytest.mark.parametrize("path", ["/mine", "/v1/mine", "/hook"])
async def test_headers_that_come_twice(client: httpx.AsyncClient, path: str, name: str) -> None:
    twice = [(name, "Bearer one"), (name.lower(), "Bearer two")]
    assert is_refused(await client.post(path, headers=twice, content=b""))


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "ab", "count": NaN}',
        b'{"name": "\\u0000b", "count": 1}',
        b'{"name": "\\ud800b", "count": 1}',
        b'{"name": "ab", "count": 1, "\\udfff": 1}',
        b"[" * 5_000,
        '{"name": "ab", "count": 1}'.encode("utf-16"),
    ],
)
async def test_json(client: httpx.AsyncClient, body: bytes) -> None:
    """The declared type does not matter: what is no JSON to the REST API is none to others."""
    for path, kind in (("/v1/things", "application/json"), ("/hook", "application/json"), ("/hook", "text/plain")):
        answer = await client.post(path, content=body, headers={"Content-Type": kind, "Idempotency-Key": "a"})
        assert is_refused(answer), (path, kind, answer.text)


@pytest.mark.parametrize("body", [b"a=%00", b"a=%ED%A0%80", b"a=\xff", b"%00=1", b"a=\x00"])
async def test_forms(client: httpx.AsyncClient, body: bytes) -> None:
    for path in ("/echo", "/hook"):
        assert is_refused(await client.post(path, content=body, headers={"Content-Type": FORM}))


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "idna", "punycode", "undefined", "rot13", "zip", "no-such"])
async def test_encodings(client: httpx.AsyncClient, charset: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n+2AA-\r\n--x--\r\n'
    kinds = (f"multipart/form-data; boundary=x; charset={charset}", f"application/json; charset={charset}")
    for kind in kinds:
        assert is_refused(await client.post("/hook", content=part, headers={"Content-Type": kind}))


@pytest.mark.parametrize("marked", ['name="a\x00"', 'name="a"; filename="\x00.csv"', "noname"])
async def test_parts_of_a_multipart(client: httpx.AsyncClient, marked: str) -> None:
    part = f"--x\r\nContent-Disposition: form-data; {marked}\r\n\r\na\r\n--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert is_refused(await client.post("/hook", content=part.encode(), headers=kind))


async def test_what_is_read_passes(client: httpx.AsyncClient) -> None:
    """The octets of a file are its reader's concern, and `charset` of a percent-encoded form means nothing."""
    token = await csrf_token(client)
    files = {"sheet": ("表.xlsx", b"\x00\xff\xfe")}
    answer = await client.post("/echo", data={"csrf_token": token, "a": "文"}, files=files)
    assert (answer.status_code, answer.json()["a"]) == (200, "文")
    headers = {"Content-Type": f"{FORM}; charset=ISO-8859-1", "X-CSRF-Token": token}
    assert (await client.post("/echo", content=b"a=%E6%96%87", headers=headers)).json()["a"] == "文"
    assert (await client.get("/?a=%E6%96%87")).status_code == 200


async def test_the_sentence_is_in_the_readers_language(client: httpx.AsyncClient) -> None:
    english = await client.get("/mine?a=%00", headers={"Accept-Language": "en"})
    assert english.json()["detail"].startswith("What was sent cannot be read")
    chinese = await client.get("/mine?a=%00", headers={"Accept": "text/html"})
    assert "提交的内容无法读取" in chinese.text
    assert "PLATFORM_UNREADABLE" in chinese.text


MEGABYTE = BODY_LIMIT
FLOODS = {
    "names": (FORM, b"a&" * (MEGABYTE // 2)),
    "fields": (FORM, b"a=&" * (MEGABYTE // 3)),
    "encoded names": (FORM, b"%41&" * (MEGABYTE // 4)),
    "one encoded text": (FORM, b"a=" + b"%41" * (MEGABYTE // 3 - 1)),
    "lists": ("application/json", b"[" + b"[]," * (MEGABYTE // 3 - 2) + b"[]]"),
    "numbers": ("application/json", b"[" + b"1," * (MEGABYTE // 2 - 2) + b"1]"),
    "texts": ("application/json", b"[" + b'"",' * (MEGABYTE // 3 - 2) + b'""]'),
    "names of an object": ("application/json", b"{" + b'"":1,' * (MEGABYTE // 5 - 2) + b'"":1}'),
}


@pytest.mark.parametrize("path", ["/echo", "/hook", "/v1/things"])
@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_of_values_holds_up_nobody(roomy: httpx.AsyncClient, path: str, flood: str) -> None:
    """A megabyte, which anybody may send: read value by value it kept the event loop for seconds."""
    lag = LoopLag()
    measuring = asyncio.create_task(lag.run())
    await asyncio.sleep(0.1)
    kind, body = FLOODS[flood]
    answer = await roomy.post(path, content=body, headers={"Content-Type": kind})
    await asyncio.sleep(0.1)
    measuring.cancel()
    assert answer.status_code in {400, 403, 413}, answer.text  # 403: without a token a page reads no JSON
    assert lag.worst.busy < 0.2


async def test_a_query_of_too_many_fields(client: httpx.AsyncClient) -> None:
    assert is_refused(await client.get("/mine?" + "a&" * MOST_FIELDS))
    assert (await client.get("/?" + "a&" * (MOST_FIELDS - 1))).status_code == 200


async def test_a_form_as_large_as_one_may_be_is_read(roomy: httpx.AsyncClient) -> None:
    headers = {"Content-Type": FORM, "X-CSRF-Token": await csrf_token(roomy)}
    body = b"a=%E6%96%87" + b"&b=1" * (MOST_FIELDS - 1)
    assert (await roomy.post("/echo", content=body, headers=headers)).json()["a"] == "文"
    body = b"a=" + b"x" * (MOST_FORM_BYTES - 2)
    assert (await roomy.post("/echo", content=body, headers=headers)).status_code == 200
    assert (await roomy.post("/echo", content=body + b"x", headers=headers)).json()["code"] == "PLATFORM_TOO_LARGE"
