"""Any one process of the whole platform is killed: it comes back, everything is ready again, nobody else restarts."""

import time

import httpx
import pytest

from tests.support.running import RunningPlatform

SERVICES = ("identity", "e-license", "workflow", "wifi-portal", "alerts")
PARTS = ("postgresql", "nats", "temporal", "trace-sink", "simulators", "workflow-worker", *SERVICES)


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_comes_back_alone(running_platform: RunningPlatform, name: str) -> None:
    before = {part: running_platform.pid(part) for part in PARTS}
    restarts = running_platform.state().parts[name].restarts
    running_platform.kill(name)
    running_platform.wait_until(lambda state: state.parts[name].restarts > restarts and state.all_ready, seconds=120)
    after = {part: running_platform.pid(part) for part in PARTS}
    assert {part for part in PARTS if before[part] != after[part]} == {name}


def test_every_service_is_ready_again(running_platform: RunningPlatform) -> None:
    """After all of that, each service says so itself, with nothing degraded."""
    for service in SERVICES:
        answer = httpx.get(f"{running_platform.url(service)}/readyz")
        assert answer.status_code == 200, service
        assert answer.json()["degraded"] == [], service


def test_no_event_is_left_in_an_outbox(running_platform: RunningPlatform) -> None:
    """Each service publishes what it kept; heads of records go on being added, so a few looks are taken."""
    waiting = dict.fromkeys(SERVICES, -1)
    until = time.monotonic() + 15
    while any(waiting.values()) and time.monotonic() < until:
        for service in SERVICES:
            figures = httpx.get(f"{running_platform.url(service)}/readyz").json()["figures"]
            waiting[service] = figures["events_waiting"]
        time.sleep(0.5)
    assert waiting == dict.fromkeys(SERVICES, 0)
