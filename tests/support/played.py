"""The demo, played on a running platform, and what it left in the databases of the services and at the carrier."""

import json
import time
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pingshan_tools.demo import run as demo
from rich.console import Console

from tests.support.kit.service import eventually
from tests.support.running import RunningPlatform


@dataclass
class Played:
    """One run of the demo."""

    platform: RunningPlatform
    run_id: str
    screen: StringIO = field(default_factory=StringIO)
    """What was told while it was played."""
    while_played: tuple[int, int] = (0, 0)
    """Begin and end of the first `play`, nanoseconds since 1970."""

    def play(self) -> None:
        """Plays what is not played yet. Raises as `pingshan_tools.demo.run.run` does."""
        self.platform.let_codes_be_used_again()  # else people wait up to half a minute for their next one
        began = time.time_ns()
        demo.run(Console(file=self.screen, width=200), self.platform.ports, self.platform.places, self.run_id)
        self.while_played = self.while_played if any(self.while_played) else (began, time.time_ns())

    @property
    def _file(self) -> Path:
        return self.platform.places.data / "demo" / f"{self.run_id}.json"

    @property
    def done(self) -> dict[str, dict[str, str]]:
        """Act → ids and addresses; grows while the run is being played."""
        kept: dict[str, dict[str, str]] = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        return kept

    def note(self, done: dict[str, dict[str, str]]) -> None:
        """Makes this what the run knows of itself."""
        self._file.write_text(json.dumps(done), "utf-8")

    def id(self, act: str, name: str) -> str:
        return self.done[act][name]

    def path(self, act: str, name: str) -> str:
        return urlsplit(self.done[act][name]).path


async def licences(played: Played) -> list[tuple[str, int]]:
    """(type, how many) of the case, in e-license's own tables."""
    query = "SELECT type, count(*) FROM license WHERE case_id = $1 GROUP BY type ORDER BY type"
    return await played.platform.rows("e-license", query, played.id("filing", "case_id"))


async def decisions(played: Played) -> list[tuple[str, str]]:
    """(node, state) of the case."""
    query = "SELECT node, state FROM task WHERE case_id = $1 ORDER BY node"
    return await played.platform.rows("workflow", query, played.id("filing", "case_id"))


async def transitions(played: Played) -> list[tuple[str, str, int]]:
    """(kind, node, how many) of the case."""
    query = "SELECT kind, node, count(*) FROM transition WHERE case_id = $1 GROUP BY kind, node ORDER BY kind, node"
    return await played.platform.rows("workflow", query, played.id("filing", "case_id"))


async def deliveries(played: Played) -> list[tuple[str, str, int]]:
    """(organisation, channel, how many) of the alert."""
    query = (
        "SELECT organisation, channel, count(*) FROM delivery WHERE alert_id = $1 "
        "GROUP BY organisation, channel ORDER BY organisation, channel"
    )
    return await played.platform.rows("alerts", query, played.id("detect", "alert_id"))


async def acknowledgements(played: Played) -> list[tuple[str]]:
    query = "SELECT organisation FROM acknowledgement WHERE alert_id = $1 ORDER BY organisation"
    return await played.platform.rows("alerts", query, played.id("detect", "alert_id"))


def messages(played: Played) -> list[str]:
    """Numbers that the carrier told of the alert, each as often as it did."""
    answer = httpx.get(f"http://localhost:{played.platform.ports.simulators}/carrier/messages")
    alert_id = played.id("detect", "alert_id")
    sent: list[dict[str, Any]] = [each for each in answer.json()["messages"] if f" {alert_id}：" in each["text"]]
    return sorted(str(each["number"]) for each in sent)


async def _messages_on_their_way(played: Played) -> int:
    [(count,)] = await played.platform.rows("alerts", "SELECT count(*) FROM notification WHERE state = 'queued'")
    return int(count)


async def left(played: Played) -> dict[str, Any]:
    """Everything that must be the same however often and through whatever kills the run was played.

    Waits for the messages that are still on their way: where the carrier was away, alerts tries again later.
    """
    await eventually(partial(_messages_on_their_way, played), 0, seconds=60)
    return {
        "licences": await licences(played),
        "decisions": await decisions(played),
        "transitions": await transitions(played),
        "deliveries": await deliveries(played),
        "acknowledgements": await acknowledgements(played),
        "messages": messages(played),
    }
