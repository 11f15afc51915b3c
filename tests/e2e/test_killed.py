"""Processes are killed one after the other while the demo is played: it ends without a hand, and nothing is lost."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from pingshan_tools.demo import run as demo
from pingshan_tools.demo.stage import Stage

from tests.support.played import Played, left
from tests.support.running import RunningPlatform

KILLED_DURING = {
    "filing": ("identity",),
    "acceptance": ("workflow-worker",),
    "decisions": ("workflow", "postgresql"),
    "issue": ("e-license",),
    "verify": ("temporal",),
    "online": ("wifi-portal",),
    "quota": ("nats",),
    "detect": ("alerts",),
    "acknowledge": ("simulators", "trace-sink"),
}


@pytest.fixture(scope="module")
def survived(running_platform: RunningPlatform) -> Played:
    """A run through which every process was killed once, each in the act that needs it."""
    played = Played(running_platform, "tests-killed")
    acts = {name: (title, _interrupted(running_platform, name, act)) for name, (title, act) in demo.ACTS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "ACTS", acts)
        played.play()
    running_platform.wait_until(lambda state: state.all_ready, seconds=60)
    return played


def _interrupted(platform: RunningPlatform, name: str, act: demo.Act) -> demo.Act:
    """The act while its parts are killed; it ends when both have ended."""

    def play(stage: Stage) -> dict[str, str]:
        with ThreadPoolExecutor(1) as pool:
            killed = pool.submit(lambda: [_kill(platform, part) for part in KILLED_DURING[name]])
            left_behind = act(stage)
            killed.result()
        return left_behind

    return play


def _kill(platform: RunningPlatform, part: str) -> None:
    """Once it runs; the next one is killed when the supervisor has seen this one die."""
    platform.wait_until(lambda state: state.parts[part].pid != 0)
    pid = platform.kill(part)
    platform.wait_until(lambda state: state.parts[part].pid != pid)


async def test_nothing_is_lost_and_nothing_is_done_twice(survived: Played, played: Played) -> None:
    """The killed run left what the undisturbed one left: licences, decisions, deliveries, answers, messages."""
    after = await left(survived)
    assert after == await left(played)
    assert {count for _, count in after["licences"]} == {1}
    assert {count for _, _, count in after["deliveries"]} == {1}
    assert set(Counter(after["messages"]).values()) == {1}


async def test_no_event_is_stuck(survived: Played, running_platform: RunningPlatform) -> None:
    for service in ("identity", "e-license", "workflow", "wifi-portal", "alerts"):
        [(waiting,)] = await running_platform.rows(service, "SELECT count(*) FROM outbox")
        [(dead,)] = await running_platform.rows(service, "SELECT count(*) FROM dead_letter")
        assert (waiting, dead) == (0, 0), service
