"""Ours ÷ npm's oidc-provider, both over HTTP and asked the same: `pytest tests/load/identity/peer.py -s`.

Ours keeps everything in PostgreSQL and writes the record; oidc-provider keeps everything in the memory of one Node
process. Counted are requests per second of CPU time of the server process, so that neither the client nor a busy
machine decides; what PostgreSQL used for ours is printed beside it. Rounds alternate.
"""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import psutil
import pytest

from tests.support.identity.own_clients import CALLBACK, SECRET, add_client
from tests.support.identity.parties import Attempt, Identity
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import free_port, until

FOLDER = Path(__file__).with_name("oidc-provider")
ROUNDS, REQUESTS, AT_ONCE = 5, 600, 8
FLOOR = 0.02
"""Far below what was measured: only a blunder falls below it."""
Act = Callable[[httpx.AsyncClient], Awaitable[None]]


@dataclass
class Server:
    """One of the two, with what its acts need."""

    issuer: str
    processes: Callable[[], list[psutil.Process]]
    machine: tuple[str, str]
    party: tuple[str, str]
    paths: dict[str, str]
    machine_form: dict[str, str]
    introspected: tuple[str, tuple[str, str]] = ("", ("", ""))
    """A live access token, and who asks about it."""
    cookies: dict[str, str] = field(default_factory=dict)

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.processes())

    async def call(self, client: httpx.AsyncClient) -> None:
        form = {"grant_type": "client_credentials"} | self.machine_form
        answer = await client.post(self.issuer + self.paths["token"], data=form, auth=self.machine)
        assert answer.json()["access_token"].count(".") == 2, "an ES256 JWT"

    async def introspect(self, client: httpx.AsyncClient) -> None:
        token, who = self.introspected
        answer = await client.post(self.issuer + self.paths["introspection"], data={"token": token}, auth=who)
        assert answer.json()["active"] is True

    async def visit(self, client: httpx.AsyncClient) -> None:
        asked = Attempt()
        query = {
            "response_type": "code",
            "client_id": self.party[0],
            "redirect_uri": CALLBACK,
            "scope": "openid profile",
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        address = f"{self.issuer}{self.paths['authorization']}?{urlencode(query)}"
        sent = await client.get(address, headers={"Cookie": cookie})
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        form |= {"code_verifier": asked.verifier}
        answer = await client.post(self.issuer + self.paths["token"], data=form, auth=self.party)
        assert "id_token" in answer.json(), answer.text


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """Of the processes, user and system."""
    return sum(sum(each.cpu_times()[:2]) for each in processes)


@pytest.fixture(scope="module")
def postgres(platform: TestPlatform) -> Callable[[], list[psutil.Process]]:
    """Its processes of the moment."""
    pid = int((platform.templates.server.cluster / "postmaster.pid").read_text().split("\n")[0])

    def processes() -> list[psutil.Process]:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]

    return processes


@pytest.fixture(scope="module")
async def ours(platform: TestPlatform, identity: Identity, bound_identity: BoundService) -> Server:
    [process] = [running.process for running in platform.running if running.program.name.startswith("identity")]
    party = await add_client(bound_identity, "system")
    page = identity.signed_in("water01")
    return Server(
        issuer=identity.url,
        processes=lambda: [process, *process.children(recursive=True)],
        machine=("amr-system", identity.client_secrets["amr-system"]),
        party=("system", SECRET),
        paths={"token": "/token", "introspection": "/introspect", "authorization": "/authorize"},
        machine_form={"audience": "e-license"},
        introspected=(identity.tokens(page, party)["access_token"], ("system", SECRET)),
        cookies=page.cookies,
    )


@pytest.fixture(scope="module")
def theirs() -> Iterator[Server]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.fail("needs Node.js and npm (Debian: nodejs npm)")
    if not (FOLDER / "node_modules").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=FOLDER, check=True)
    port = free_port()
    issuer = f"http://localhost:{port}"
    arguments = [node, "server.mjs", str(port), SECRET, CALLBACK]
    with subprocess.Popen(arguments, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: answers(issuer))
            form = {"grant_type": "client_credentials"}
            token = httpx.post(f"{issuer}/token", data=form, auth=("machine", SECRET)).json()["access_token"]
            yield Server(
                issuer=issuer,
                processes=lambda: [psutil.Process(process.pid)],
                machine=("machine", SECRET),
                party=("system", SECRET),
                paths={"token": "/token", "introspection": "/token/introspection", "authorization": "/auth"},
                machine_form={"resource": "urn:e-license"},
                introspected=(token, ("machine", SECRET)),
                cookies=signed_in_there(issuer),
            )
        finally:
            process.terminate()


def answers(issuer: str) -> bool:
    try:
        return httpx.get(f"{issuer}/jwks").status_code == 200
    except httpx.TransportError:
        return False


def signed_in_there(issuer: str) -> dict[str, str]:
    """Cookies of a session, by its own development page."""
    query = {"response_type": "code", "client_id": "system", "redirect_uri": CALLBACK, "scope": "openid profile"}
    query |= {"code_challenge": Attempt().challenge, "code_challenge_method": "S256"}
    with httpx.Client() as client:
        address = f"{issuer}/auth?{urlencode(query)}"
        while not address.startswith(CALLBACK):
            answer = client.get(address)
            if answer.status_code == 200:
                answer = client.post(address, data={"prompt": "login", "login": "water01", "password": "any"})
            address = urljoin(address, answer.headers["location"])
        return {cookie.name: str(cookie.value) for cookie in client.cookies.jar if cookie.path == "/"}


@pytest.mark.parametrize("act", ["call", "introspect", "visit"])
async def test_ours_against_theirs(
    ours: Server, theirs: Server, postgres: Callable[[], list[psutil.Process]], act: str
) -> None:
    names = {"call": "client credentials", "introspect": "introspection", "visit": "code flow"}
    for server in (ours, theirs):
        await measured(server, getattr(server, act), REQUESTS // 4)
    ratios = []
    for _ in range(ROUNDS):
        before = cpu_seconds(postgres())
        mine, wall = await measured(ours, getattr(ours, act), REQUESTS)
        database = cpu_seconds(postgres()) - before
        other, other_wall = await measured(theirs, getattr(theirs, act), REQUESTS)
        ratios.append(mine / other)
        print(
            f"\n{names[act]}: ours {mine:.0f}, theirs {other:.0f} per server-CPU-second, ratio {mine / other:.2f} "
            f"(wall {wall:.0f}/s and {other_wall:.0f}/s; PostgreSQL {database / REQUESTS * 1e3:.2f} ms each)",
            end="",
        )
    print(f"\n{names[act]}: ratio {min(ratios):.2f} / {median(ratios):.2f} / {max(ratios):.2f}", end="")
    assert max(ratios) > FLOOR


async def measured(server: Server, act: Act, times: int) -> tuple[float, float]:
    """Acts per second of the server's CPU, and per second."""
    numbers = iter(range(times))

    async def worker(client: httpx.AsyncClient) -> None:
        for _ in numbers:
            await act(client)

    async with httpx.AsyncClient(timeout=30) as client:
        begun, used = time.perf_counter(), server.cpu_seconds()
        await asyncio.gather(*(worker(client) for _ in range(AT_ONCE)))
        return times / (server.cpu_seconds() - used), times / (time.perf_counter() - begun)
