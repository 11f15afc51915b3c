"""Ours ÷ npm's oidc-provider, both over HTTP and asked the same: `pytest -s tests/load/identity/bench_peer.py`.

Ours keeps everything in PostgreSQL and writes the record; oidc-provider keeps everything in the memory of one Node
process. Counted are acts per second of CPU time of the server process, so that neither the load generator nor a busy
machine decides, less what the process does by itself; what PostgreSQL used for ours is printed beside it. Rounds
alternate.
"""

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import psutil
import pytest

from tests.support.identity.own_clients import CALLBACK, SECRET, add_client
from tests.support.identity.parties import Attempt, Identity
from tests.support.load.figures import Figures
from tests.support.load.measuring import (
    Load,
    Processes,
    Spent,
    asking,
    cores_of_idle,
    cpu_seconds,
    lua,
    spent,
    tree_of,
    wrk,
)
from tests.support.platform import BoundService
from tests.support.servers import free_port, until

FOLDER = Path(__file__).with_name("oidc-provider")
CODE_FLOW = Path(__file__).with_name("code_flow.lua")
ROUNDS, SECONDS, AT_ONCE = 5, 4, 8
PEER = "npm's oidc-provider 9, in memory"
GOALS = {"client credentials": 1.2, "introspection": 1.0, "code flow": 1.0, "userinfo": 1.0}
Credentials = tuple[str, str]


@dataclass(frozen=True)
class Server:
    """One of the two, with what its acts need."""

    issuer: str
    processes: Processes
    machine: Credentials
    party: Credentials
    paths: dict[str, str]
    machine_form: dict[str, str]
    introspector: Credentials
    opaque: bool
    """Whether the token that is introspected is the machine's, not a person's."""
    cookies: dict[str, str]
    by_itself: float
    """Cores that it uses while nobody asks it."""

    def work(self, act: str) -> Callable[[], Load]:
        """Returns one run of the act, with fresh tokens."""
        script = {
            "client credentials": self._client_credentials,
            "introspection": self._introspection,
            "code flow": self._code_flow,
            "userinfo": self._userinfo,
        }[act]()
        url = self.issuer + self.paths.get(act, "/")
        threads = AT_ONCE if act == "code flow" else 1
        return lambda: wrk(url, script, seconds=SECONDS, connections=AT_ONCE, threads=threads)

    def acts(self, act: str) -> Spent:
        """Returns what one run cost; a code flow is two answers."""
        found = spent(self.processes, self.work(act), by_itself=self.by_itself)
        return Spent(found.acts // 2, found.server, found.wall, found.load) if act == "code flow" else found

    def _client_credentials(self) -> str:
        form = {"grant_type": "client_credentials"} | self.machine_form
        return _posting(self.machine, form, expects='"access_token"')

    def _introspection(self) -> str:
        token = self._machine_token() if self.opaque else self.tokens()["access_token"]
        return _posting(self.introspector, {"token": token}, expects='"active":true')

    def _userinfo(self) -> str:
        return asking(headers={"Authorization": f"Bearer {self.tokens()['access_token']}"}, expects='"sub"')

    def _code_flow(self) -> str:
        asked = Attempt()
        flow = {
            "authorization_path": f"{self.paths['authorization']}?{urlencode(self._query(asked))}",
            "token_path": self.paths["client credentials"],
            "authorization": _basic(self.party),
            "redemption": urlencode(self._redemption(asked)),
            "cookies": self._cookie_header,
        }
        fields = ", ".join(f"{name} = {lua(value)}" for name, value in flow.items())
        return f"flow = {{ {fields} }}\n{CODE_FLOW.read_text('utf-8')}"

    def tokens(self) -> dict[str, str]:
        """Returns what one code flow gives."""
        asked = Attempt()
        query = self._query(asked) | {"state": asked.state, "nonce": asked.nonce}
        address = f"{self.issuer}{self.paths['authorization']}?{urlencode(query)}"
        sent = httpx.get(address, headers={"Cookie": self._cookie_header})
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        form = self._redemption(asked) | {"code": code}
        answer = httpx.post(self.issuer + self.paths["client credentials"], data=form, auth=self.party)
        assert "id_token" in answer.json(), answer.text
        return dict(answer.json())

    def _machine_token(self) -> str:
        form = {"grant_type": "client_credentials"}
        answer = httpx.post(self.issuer + self.paths["client credentials"], data=form, auth=self.machine)
        return str(answer.json()["access_token"])

    @property
    def _cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _query(self, asked: Attempt) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": self.party[0],
            "redirect_uri": CALLBACK,
            "scope": "openid profile",
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }

    def _redemption(self, asked: Attempt) -> dict[str, str]:
        return {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": asked.verifier}


def _basic(who: Credentials) -> str:
    return "Basic " + b64encode(":".join(who).encode()).decode()


def _posting(who: Credentials, form: dict[str, str], *, expects: str) -> str:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": _basic(who)}
    return asking(method="POST", headers=headers, body=urlencode(form), expects=expects)


@pytest.fixture(scope="module")
async def ours(identity: Identity, bound_identity: BoundService, processes_of: Callable[[str], Processes]) -> Server:
    await add_client(bound_identity, "system")
    processes = processes_of("identity")
    return Server(
        issuer=identity.url,
        processes=processes,
        machine=("amr-system", identity.client_secrets["amr-system"]),
        party=("system", SECRET),
        paths={
            "client credentials": "/token",
            "introspection": "/introspect",
            "authorization": "/authorize",
            "userinfo": "/userinfo",
        },
        machine_form={"audience": "e-license"},
        introspector=("system", SECRET),
        opaque=False,
        cookies=identity.signed_in("water01").cookies,
        by_itself=cores_of_idle(processes),
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
            processes = tree_of(psutil.Process(process.pid))
            yield Server(
                issuer=issuer,
                processes=processes,
                machine=("machine", SECRET),
                party=("system", SECRET),
                paths={
                    "client credentials": "/token",
                    "introspection": "/token/introspection",
                    "authorization": "/auth",
                    "userinfo": "/me",
                },
                machine_form={"resource": "urn:e-license"},
                introspector=("machine", SECRET),
                opaque=True,
                cookies=signed_in_there(issuer),
                by_itself=cores_of_idle(processes),
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


@pytest.mark.parametrize("act", list(GOALS))
def test_ours_against_theirs(
    ours: Server, theirs: Server, postgres_processes: Processes, figures: Figures, act: str
) -> None:
    for server in (ours, theirs):
        server.work(act)().checked()
    ratios = []
    for _ in range(ROUNDS):
        before = cpu_seconds(postgres_processes())
        mine = ours.acts(act)
        database = (cpu_seconds(postgres_processes()) - before) / mine.acts
        other = theirs.acts(act)
        ratios.append(mine.per_cpu_second / other.per_cpu_second)
        print(
            f"\n{act}: ours {mine.server / mine.acts * 1e3:.2f} ms + PostgreSQL {database * 1e3:.2f} ms of CPU each "
            f"({mine.acts / mine.wall:.0f}/s), theirs {other.server / other.acts * 1e3:.2f} ms "
            f"({other.acts / other.wall:.0f}/s), ratio {ratios[-1]:.2f}",
            end="",
        )
    figures.add(f"{act}, per server-CPU-second", *ratios, peer=PEER, at_least=GOALS[act])
