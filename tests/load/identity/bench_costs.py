"""CPU and commits of the acts beside client credentials: `pytest -s tests/load/identity/bench_costs.py`.

Each act is sent one after the other; counted are the CPU time of identity's process, and the transactions of its
database that wrote and those that only read, less what the same process does by itself in the same time. The record is
sealed once a second, which is a commit of its own: the slower the machine, the more of it stands beside each act.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Browser, Identity, RelyingParty, csrf_of
from tests.support.load.figures import Figures
from tests.support.load.measuring import Processes, commits, cpu_seconds, writes
from tests.support.platform import BoundService
from tests.support.servers import until, wait_for

TIMES = 60
_FEW = 10
"""Sign-outs, each of which is 29 calls."""
_REST = 10
"""Seconds for which the process is watched while nobody asks it."""
MOST = 3.0
"""Times client credentials."""
Act = Callable[[], None]
Costing = Callable[..., "Cost"]


@dataclass(frozen=True)
class Cost:
    cpu: float
    """Milliseconds each."""
    writes: float
    reads: float


@pytest.fixture(scope="module")
async def party(bound_identity: BoundService) -> RelyingParty:
    grants = ["authorization_code", "refresh_token"]
    scopes = ["openid", "offline_access"]
    return await add_client(bound_identity, "system", grant_types=grants, scopes=scopes)


@pytest.fixture(scope="module")
def cost(identity: Identity, processes_of: Callable[[str], Processes]) -> Costing:
    """What one act costs."""
    processes, url = processes_of("identity"), identity.database_url

    def counted() -> tuple[float, int, int]:
        written, committed = wait_for(writes(url)), wait_for(commits(url))
        return cpu_seconds(processes()), written, committed

    def measured(act: Act | None, times: int) -> tuple[list[float], float]:
        """What was counted while the act was done so often, or for so many seconds without one; and the seconds."""
        before, begun = counted(), time.perf_counter()
        if act is None:
            time.sleep(times)
        else:
            for _ in range(times):
                act()
        lasted = time.perf_counter() - begun
        return [after - each for after, each in zip(counted(), before, strict=True)], lasted

    def cost(act: Act, times: int = TIMES) -> Cost:
        act()
        busy, lasted = measured(act, times)
        idle, rested = measured(None, _REST)
        cpu, written, committed = [(each - own * lasted / rested) / times for each, own in zip(busy, idle, strict=True)]
        return Cost(cpu * 1e3, written, committed - written)

    return cost


@pytest.fixture(scope="module")
def client_credentials(identity: Identity, cost: Costing) -> Cost:
    machine = identity.machine()
    form: dict[str, str | None] = {"grant_type": "client_credentials", "audience": "e-license"}

    def act() -> None:
        assert machine.token(form).status_code == 200

    return cost(act)


def _say(figures: Figures, name: str, found: Cost, reference: Cost) -> None:
    print(f"\n{name}: {found.cpu:.2f} ms of CPU, {found.writes:.1f} commits and {found.reads:.1f} reads each", end="")
    times = found.cpu / reference.cpu
    figures.add(f"identity: CPU of {name}", times, peer="client credentials", at_most=MOST)
    figures.add(f"identity: commits of {name}", found.writes, unit="each")


def test_client_credentials(figures: Figures, client_credentials: Cost) -> None:
    figures.add("identity: CPU of client credentials", client_credentials.cpu, unit="ms")
    figures.add("identity: commits of client credentials", client_credentials.writes, unit="each")


def test_code_flow(
    identity: Identity, party: RelyingParty, figures: Figures, client_credentials: Cost, cost: Costing
) -> None:
    """Two answers: a code for somebody who is signed in, then its tokens."""
    page = identity.signed_in("water01")

    def act() -> None:
        identity.tokens(page, party)

    _say(figures, "a code flow", cost(act), client_credentials)


def test_refresh(
    identity: Identity, party: RelyingParty, figures: Figures, client_credentials: Cost, cost: Costing
) -> None:
    page, attempt = identity.signed_in("water01"), Attempt()
    code = identity.code(page, party, attempt, scope="openid offline_access")
    token = party.redeem(code, attempt).json()["refresh_token"]

    def act() -> None:
        answer = party.token({"grant_type": "refresh_token", "refresh_token": token})
        assert answer.status_code == 200, answer.text

    _say(figures, "a refresh", cost(act), client_credentials)


def test_revocation(identity: Identity, figures: Figures, client_credentials: Cost, cost: Costing) -> None:
    machine = identity.machine()
    form: dict[str, str | None] = {"grant_type": "client_credentials", "audience": "e-license"}
    tokens = [machine.token(form).json()["access_token"] for _ in range(TIMES + 1)]

    def act() -> None:
        assert machine.token({"token": tokens.pop()}, "/revoke").status_code == 200

    _say(figures, "a revocation", cost(act), client_credentials)


def test_pushed_request(party: RelyingParty, figures: Figures, client_credentials: Cost, cost: Costing) -> None:
    def act() -> None:
        assert party.push(Attempt()).status_code == 201

    _say(figures, "a pushed request", cost(act), client_credentials)


def test_back_channel_fan_out(identity: Identity, figures: Figures, client_credentials: Cost, cost: Costing) -> None:
    """One call to one of the systems, their sign-out's own share included."""
    with logout_receiver() as receiver:
        identity.tell_everything_to(receiver.uri(""))
        [row] = identity.execute("SELECT count(*) AS systems FROM client WHERE backchannel_logout_uri IS NOT NULL")
        systems = row["systems"]
        found = cost(lambda: _end_all(identity, receiver, systems), _FEW)
    each = Cost(found.cpu / systems, found.writes / systems, found.reads / systems)
    _say(figures, f"one of {systems} back-channel sign-outs", each, client_credentials)


def _end_all(identity: Identity, receiver: LogoutReceiver, systems: int) -> None:
    before = len(receiver.told)
    _post(identity.signed_in("water01"))
    until(lambda: len(receiver.told) >= before + systems, seconds=60)


def _post(page: Browser) -> None:
    form = {"csrf_token": csrf_of(page.get("/account"))}
    assert page.post("/account/sessions/end-all", data=form).status_code == 303
