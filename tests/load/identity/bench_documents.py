"""JWKS and discovery ÷ a bare Starlette answer of as many bytes: `pytest -s tests/load/identity/bench_documents.py`.

Counted per second of the server process's CPU time, less what the process does by itself in the same time; the peer is
one route on uvicorn with no middleware at all.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from pingshan_tools.process import Program, answers

from tests.support.identity.parties import Identity
from tests.support.load.figures import Figures
from tests.support.load.measuring import Processes, asking, cores_of_idle, spent, tree_of, wrk
from tests.support.servers import Running, free_port

ROUNDS, SECONDS, AT_ONCE = 3, 3, 8
GOAL = 0.8
_BARE = Path(__file__).with_name("bare_answer.py")


@pytest.fixture
def bare(tmp_path: Path, document: httpx.Response) -> Iterator[tuple[str, Processes]]:
    port = free_port()
    argv = (sys.executable, str(_BARE), str(port), str(len(document.content)))
    program = Program(name="bare-answer", argv=argv, ready=lambda: answers("127.0.0.1", port), environment={})
    running = Running(program, tmp_path).start()
    assert running.process is not None
    yield f"http://127.0.0.1:{port}/", tree_of(running.process)
    running.stop()


@pytest.fixture(params=["/jwks", "/.well-known/openid-configuration"])
def document(request: pytest.FixtureRequest, identity: Identity) -> httpx.Response:
    return httpx.get(identity.url + request.param).raise_for_status()


@pytest.fixture(scope="module")
def by_itself(identity: Identity, processes_of: Callable[[str], Processes]) -> float:
    return cores_of_idle(processes_of("identity"))


def test_documents_against_a_bare_answer(
    document: httpx.Response,
    bare: tuple[str, Processes],
    by_itself: float,
    processes_of: Callable[[str], Processes],
    figures: Figures,
) -> None:
    ours, (url, theirs) = str(document.url), bare
    expects = asking(expects="{")
    ratios = []
    for number in range(ROUNDS + 1):
        ask = partial(wrk, ours, expects, seconds=SECONDS, connections=AT_ONCE)
        mine = spent(processes_of("identity"), ask, by_itself=by_itself)
        other = spent(theirs, lambda: wrk(url, asking(), seconds=SECONDS, connections=AT_ONCE))
        if number:
            ratios.append(mine.per_cpu_second / other.per_cpu_second)
            print(f"\n{mine.per_cpu_second:,.0f} and {other.per_cpu_second:,.0f} answers per CPU-second", end="")
    figures.add(f"identity: {document.url.path}", *ratios, peer="a bare Starlette answer of its size", at_least=GOAL)
