"""How soon 29 systems hear of a sign-out while one is down, and what a SIGKILL loses.

`pytest -s tests/load/identity/bench_sign_out.py`. From the request to the arrival at a real HTTP receiver, through the
outbox, JetStream, the inbox and the jobs.
"""

import time
from collections import Counter
from collections.abc import Iterator
from statistics import quantiles

import pytest

from tests.support.identity.logout_receiver import LogoutReceiver, logout_receiver
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.load.figures import Figures
from tests.support.platform import TestPlatform
from tests.support.servers import until

DOWN = "/archives"
OTHERS = 28
SIGN_OUTS, KILLS = 30, 5
LOGINS = ("water01", "fire01", "urban01", "hall01", "health01", "police01")


@pytest.fixture(scope="module")
def receiver(identity: Identity) -> Iterator[LogoutReceiver]:
    with logout_receiver() as receiver:
        receiver.answers[DOWN] = 503
        identity.tell_everything_to(receiver.uri(""))
        yield receiver


def end_all(page: Browser) -> None:
    form = {"csrf_token": csrf_of(page.get("/account"))}
    assert page.post("/account/sessions/end-all", data=form).status_code == 303


def heard(receiver: LogoutReceiver, since: int) -> list[float]:
    """Arrival times at the systems that are up."""
    told = list(zip(receiver.told, receiver.arrived, strict=False))[since:]
    return [at for (path, _), at in told if path != DOWN]


def test_the_others_hear_of_it_at_once(identity: Identity, receiver: LogoutReceiver, figures: Figures) -> None:
    seconds: list[float] = []
    for number in range(SIGN_OUTS):
        page = identity.signed_in(LOGINS[number % len(LOGINS)])
        form = {"csrf_token": csrf_of(page.get("/account"))}
        since, begun = len(receiver.told), time.perf_counter()
        assert page.post("/account/sessions/end-all", data=form).status_code == 303
        until(lambda since=since: len(heard(receiver, since)) >= OTHERS)  # type: ignore[misc]
        seconds += [at - begun for at in heard(receiver, since)]
    cuts = quantiles(seconds, n=100)
    shown = f"p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s, most {max(seconds):.2f} s"
    print(f"\n{SIGN_OUTS} sign-outs from {OTHERS} systems, a 29th down: {shown}", end="")
    figures.add("identity: sign-out until 28 systems know, a 29th down, p99", cuts[98], unit="s", at_most=2)
    assert len(seconds) == OTHERS * SIGN_OUTS


def test_a_kill_in_between_loses_none(identity: Identity, platform: TestPlatform, receiver: LogoutReceiver) -> None:
    [running] = [each for each in platform.running if each.program.name.startswith("identity")]
    since = len(receiver.told)
    for number in range(KILLS):
        end_all(identity.signed_in(LOGINS[number]))
        running.kill()
        running.start()
    wanted = OTHERS * KILLS
    until(lambda: len(unique(receiver, since)) >= wanted, seconds=60)
    counted = unique(receiver, since)
    print(
        f"\n{KILLS} kills: {wanted - len(counted)} of {wanted} lost, {sum(counted.values()) - len(counted)} came twice",
        end="",
    )
    assert len(counted) == wanted


def unique(receiver: LogoutReceiver, since: int) -> Counter[str]:
    """How often each delivery came, by the `jti` of its logout token."""
    mine = LogoutReceiver(told=[(path, token) for path, token in receiver.told[since:] if path != DOWN])
    return mine.counted()
