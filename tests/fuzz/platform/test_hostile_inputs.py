"""Whatever comes in at any door of any of the five services is answered or refused, with a code: nothing fails.

The routes come from the applications' own tables and the methods from the protos, so that a new one is walked, too.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

import grpc
import pytest
from pingshan_identity.domain.realm import Realm
from pingshan_kit.rpc.refusals import error_info

from tests.support.fuzz import messages
from tests.support.fuzz.known import known_of
from tests.support.fuzz.requests import Caller, chosen, hostile
from tests.support.fuzz.routes import Walked
from tests.support.fuzz.services import SERVICES, Attacked, give_all_powers, identity_token, start_all
from tests.support.fuzz.wire import Answer, Sent, Wire
from tests.support.platform import TestPlatform
from tests.support.tokens import TokenIssuer

BUDGET = 1_200
"""About how many requests a service gets from its staff; each route at least one of each kind, from each caller.

Which ones is the same in each run; the next route gets others.
"""


@pytest.fixture(scope="module")
async def services(
    platform: TestPlatform, temporal_namespace: str, identity_tokens: TokenIssuer
) -> AsyncIterator[dict[str, Attacked]]:
    started = start_all(platform, identity_tokens)
    await give_all_powers(started["identity"])
    started["identity"].own_token = await identity_token(started["identity"])
    yield started
    for each in started.values():
        await each.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_every_route(services: dict[str, Attacked], service: str) -> None:
    failures = await _walk_all(services[service])
    assert not failures, "\n".join([f"{len(failures)} failures", *failures[:400]])
    assert services[service].is_alive()
    assert not services[service].failures(), "\n".join(services[service].failures()[:20])


async def _walk_all(attacked: Attacked) -> list[str]:
    """Sends each route every kind, to pages also as somebody of the public and as nobody; returns what went wrong."""
    routes, known = attacked.routes(), await known_of(attacked)
    failures: list[str] = []
    walked: set[tuple[str, str, str]] = set()
    whole: set[tuple[str, str, str]] = set()
    wire, bearer = Wire(attacked.port), await attacked.bearer()
    for route in routes:
        for who, cookies, most in await _callers(attacked, route, BUDGET // len(routes)):
            caller = Caller(attacked.host, cookies, bearer, attacked.csrf_token())
            requests = list(hostile(route, caller, known))
            whole |= {(str(route), kind, who) for kind, _ in requests}
            for kind, sent in chosen(route, requests, most):
                walked.add((str(route), kind, who))
                failures += [f"{route} {kind} {who}: {why}\n    {sent}" for why in await _sent(wire, sent)]
    wire.close()
    assert walked == whole
    assert {route for route, _, _ in walked} == {str(route) for route in routes}
    return failures


async def _callers(attacked: Attacked, route: Walked, most: int) -> list[tuple[str, bytes, int]]:
    """Who comes, with which cookies, and about how many requests; programs show no cookies."""
    callers = [("staff", await attacked.cookies(), most)]
    if route.is_page:
        callers += [("public", await attacked.cookies(Realm.PUBLIC), most // 4), ("nobody", b"a=b", 0)]
    return callers


async def _sent(wire: Wire, sent: Sent) -> list[str]:
    try:
        return _wrong(await wire.send(sent))
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        wire.close()
        return [f"no answer: {error!r}"]


def _wrong(answer: Answer) -> list[str]:
    """Returns what is wrong with an answer: it failed, shows its inside, or refuses without a code."""
    if answer.status >= 500:
        return [f"{answer.status} {answer.body[-300:]!r}"]
    if b"Traceback" in answer.body:
        return ["a stack trace"]
    if answer.is_a("application/problem+json"):
        problem = json.loads(answer.body)
        if not problem["code"] or not problem["trace_id"] or not problem["detail"]:
            return ["a problem without a code"]
    return []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_method(services: dict[str, Attacked], service: str) -> None:
    attacked = services[service]
    known = await known_of(attacked)
    failures: list[str] = []
    walked: Counter[str] = Counter()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{attacked.bound.fields['grpc_port']}") as channel:
        for method in messages.methods(service):
            name = messages.name_of(method)
            call = channel.unary_unary(f"/{name}")
            for metadata in await attacked.grpc_callers(name, services):
                for octets in messages.hostile(method, known):
                    walked[name] += 1
                    try:
                        await call(octets, timeout=10, metadata=metadata)
                    except grpc.aio.AioRpcError as error:
                        why = _wrong_refusal(error)
                        failures += [f"{name}: {why} {octets[:200]!r}"] if why else []
    assert walked.keys() == {messages.name_of(method) for method in messages.methods(service)}
    assert not failures, "\n".join([f"{len(failures)} failures", *failures[:200]])
    assert services[service].is_alive()
    assert not services[service].failures(), "\n".join(services[service].failures()[:20])


def _wrong_refusal(error: grpc.aio.AioRpcError) -> str:
    if error.code() in {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.DEADLINE_EXCEEDED}:
        return f"{error.code()} {error.details()}"
    return "" if error_info(error).reason else f"no code: {error.code()} {error.details()}"
