"""What every answer of a service carries."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from pingshan_kit.http import Application
from pingshan_kit.storage.database import Database
from sqlalchemy.engine import make_url

from tests.support.kit.console import PAGE, browser, console
from tests.support.kit.service import ELicense


@pytest.fixture(scope="module")
def app(settings: ELicense, publisher: Database) -> Application:
    return console(settings, publisher)


@pytest.fixture
async def client(app: Application, settings: ELicense) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app, settings) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", "", "zh-Hans"),
        ("", "fr, en;q=0.8, zh;q=0.5", "en"),
        ("", "en;q=0.3, zh-CN;q=0.9", "zh-Hans"),
        ("", "en;q=0", "zh-Hans"),
        ("", "en;q=nonsense", "zh-Hans"),
        ("?language=en", "zh", "en"),
        ("?language=klingon", "en", "en"),
    ],
)
async def test_the_language_is_chosen(client: httpx.AsyncClient, query: str, accept: str, language: str) -> None:
    answer = await client.get(f"/{query}", headers={"accept-language": accept})
    assert answer.json()["language"] == language


async def test_a_chosen_language_is_kept(client: httpx.AsyncClient) -> None:
    await client.get("/?language=en")
    assert (await client.get("/", headers={"accept-language": "zh"})).json()["language"] == "en"


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh", "这里没有您要找的内容。"), ("en", "There is nothing at this address.")]
)
async def test_a_problem_document_speaks_both_languages(
    client: httpx.AsyncClient, language: str, sentence: str
) -> None:
    answer = await client.get("/v1/nothing", headers={"accept-language": language})
    problem = answer.json()
    assert answer.status_code == problem["status"] == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["detail"] == sentence
    assert problem["code"] == "PLATFORM_NOT_FOUND"
    assert problem["type"] == "urn:pingshan:error:PLATFORM_NOT_FOUND"
    assert "trace_id" in problem


@pytest.mark.parametrize(("language", "word"), [("zh", "没有找到"), ("en", "Not found")])
async def test_people_get_a_page(client: httpx.AsyncClient, language: str, word: str) -> None:
    answer = await client.get("/nothing", headers=PAGE | {"accept-language": language})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert word in answer.text
    assert "PLATFORM_NOT_FOUND" in answer.text


@pytest.mark.parametrize("address", ["/boom", "/v1/boom"])
@pytest.mark.parametrize("headers", [{}, PAGE])
async def test_an_unexpected_exception_shows_a_code_and_nothing_else(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str], address: str, headers: dict[str, str]
) -> None:
    answer = await client.get(address, headers=headers)
    assert answer.status_code == 500
    assert "PLATFORM_INTERNAL" in answer.text
    assert "the inside" not in answer.text
    assert "Traceback" not in answer.text
    assert "the inside of the house" in capsys.readouterr().out


async def test_a_part_that_is_away_is_no_fault_of_ours(client: httpx.AsyncClient) -> None:
    answer = await client.get("/away")
    assert (answer.status_code, answer.json()["code"]) == (503, "PLATFORM_UNAVAILABLE")


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("zh", {"name": "至少 2 个字符", "count": "不得小于 1"}),
        ("en", {"name": "At least 2 characters", "count": "This must be 1 or more"}),
    ],
)
async def test_refused_fields_are_named(client: httpx.AsyncClient, language: str, sentences: dict[str, str]) -> None:
    headers = {"accept-language": language, "idempotency-key": str(uuid4())}
    answer = await client.post("/v1/things", json={"name": "x", "count": 0}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "PLATFORM_INVALID_REQUEST"
    assert {item["path"]: item["message"] for item in answer.json()["violations"]} == sentences


async def test_a_mutating_call_needs_an_idempotency_key(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/things", json={"name": "xx", "count": 1})
    assert [item["path"] for item in answer.json()["violations"]] == ["idempotency-key"]


async def test_a_wrong_method_is_a_problem_too(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/things")
    assert (answer.status_code, answer.json()["code"]) == (405, "PLATFORM_METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/mine/change", "/mine"),
        ("/mine/change?language=en", "/mine"),
        ("/officers/act", "/officers"),
        ("/echo", "/"),
    ],
)
async def test_who_opens_the_address_of_a_form_is_led_to_the_page_above(
    client: httpx.AsyncClient, address: str, page: str
) -> None:
    """As who chooses another language on the answer to a form, or loads it again."""
    answer = await client.get(address, headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert ("pingshan_language=en" in answer.headers.get("set-cookie", "")) == ("language" in address)


async def test_a_program_that_opens_the_address_of_a_form_is_told(client: httpx.AsyncClient) -> None:
    assert (await client.get("/mine/change")).status_code == 405
    assert (await client.get("/hook", headers=PAGE)).status_code in {404, 405}
    assert (await client.put("/mine/change", headers=PAGE)).status_code in {403, 405}


async def test_ready_with_postgresql(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json()["status"] == "ready"
    assert (await client.get("/healthz")).text == "ok"


async def test_not_ready_without_postgresql(settings: ELicense) -> None:
    away = Database(make_url(settings.database_url).set(port=1), settings)
    async with browser(console(settings, away), settings) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "not-ready")
        assert (await client.get("/healthz")).status_code == 200
    await away.close()


class Away:
    degraded = True


async def test_degraded_but_ready_without_nats(client: httpx.AsyncClient, app: Application) -> None:
    app.site.readiness.parts["relay"] = Away()
    answer = await client.get("/readyz")
    del app.site.readiness.parts["relay"]
    assert (answer.status_code, answer.json()["status"], answer.json()["degraded"]) == (200, "degraded", ["relay"])


async def test_not_ready_while_stopping(client: httpx.AsyncClient, app: Application) -> None:
    app.site.readiness.stopping = True
    answer = await client.get("/readyz")
    app.site.readiness.stopping = False
    assert answer.status_code == 503


async def test_the_openapi_document_names_the_problem_document(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/openapi.json")).json()
    answers = document["paths"]["/things"]["post"]["responses"]
    assert "application/problem+json" in answers["default"]["content"]
