"""What the doctor says of a service that is asked over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

from pingshan_tools.addresses import Addresses
from pingshan_tools.doctor import Finding, backlogs, refused_messages, unhandled_jobs


class _Addresses:
    service_jwks = Path("/platform/service_jwks.json")

    def __init__(self, port: int) -> None:
        self._port = port

    def url(self, _: str) -> str:
        return f"http://127.0.0.1:{self._port}"

    origin = url


@contextmanager
def service(facts: dict[str, Any]) -> Iterator[Addresses]:
    """A service that answers /readyz with these facts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(facts).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield cast("Addresses", _Addresses(server.server_port))
        server.shutdown()


async def found(addresses: Addresses) -> Finding:
    [finding] = [finding async for finding in unhandled_jobs(addresses, ["alerts"])]
    return finding


async def test_jobs_that_nobody_runs_are_named() -> None:
    with service({"unhandled": ["deliver-pigeon", "deliver-telegram"]}) as addresses:
        finding = await found(addresses)
    assert "deliver-pigeon, deliver-telegram" in finding.text
    assert finding.wrong


async def test_all_is_well_where_every_kind_has_its_handler() -> None:
    with service({"unhandled": []}) as addresses:
        assert not (await found(addresses)).wrong


async def test_a_service_that_does_not_say_is_not_well() -> None:
    with service({}) as addresses:
        assert (await found(addresses)).wrong


async def test_messages_that_were_refused_are_counted_and_explained() -> None:
    refused = [
        {"subject": "identity.heartbeat", "reason": "unsigned", "count": 2},
        {"subject": "workflow.case.closed.v1", "reason": "signed by another", "count": 3},
    ]
    with service({"refused_messages": refused}) as addresses:
        [finding] = [finding async for finding in refused_messages(addresses, ["alerts"])]
    assert "5 messages refused" in finding.text
    assert "3 × workflow.case.closed.v1 (signed by another)" in finding.wrong
    with service({"refused_messages": []}) as addresses:
        [finding] = [finding async for finding in refused_messages(addresses, ["alerts"])]
    assert not finding.wrong


def figures(*, dead_letters: int) -> dict[str, Any]:
    """The figures of /readyz that the doctor reads."""
    return {"dead_letters": dead_letters, "loop_lag": {"late": 0.012, "busy": 0.009}}


async def test_what_waits_is_said_in_the_words_of_the_service() -> None:
    state = {"en": "degraded: stream ALERTS is missing"}
    with service({"status": "degraded", "state": state, "figures": figures(dead_letters=2)}) as addresses:
        waiting, letters, lag = [finding async for finding in backlogs(addresses, ["alerts"])]
    assert waiting.text == "alerts: degraded: stream ALERTS is missing"
    assert waiting.wrong
    assert "2 dead letters" in letters.text
    assert "/dead-letters" in letters.wrong
    assert "late by 12 ms" in lag.text
    assert "computations 9 ms" in lag.text


async def test_keys_that_cannot_be_read_are_said_with_the_way_to_mend_them() -> None:
    state = {"en": "degraded: the file of the services' keys cannot be read, events and siblings' calls wait"}
    facts = {"status": "degraded", "state": state, "degraded": ["keys"], "figures": figures(dead_letters=0)}
    with service(facts) as addresses:
        waiting, *_ = [finding async for finding in backlogs(addresses, ["alerts"])]
    assert "keys cannot be read" in waiting.text
    assert "`pingshan up` writes /platform/service_jwks.json anew" in waiting.wrong


async def test_a_service_where_nothing_waits_is_well() -> None:
    with service({"status": "ready", "state": {"en": "ok"}, "figures": figures(dead_letters=0)}) as addresses:
        findings = [finding async for finding in backlogs(addresses, ["alerts"])]
    assert [finding.wrong for finding in findings] == ["", "", ""]
