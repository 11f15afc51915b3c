"""`pingshan doctor`: looks at everything that the platform needs, and says what to do about what is wrong."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import nats
import nats.errors
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from rich.console import Console

from pingshan_tools import secret_files
from pingshan_tools.addresses import Addresses, Ports, base_from_environment, database_name
from pingshan_tools.edges import SERVICES, Durable, Stream, load
from pingshan_tools.embedded.nats import ADMIN
from pingshan_tools.launcher import outside, ports_check, room, state
from pingshan_tools.launcher.places import Places
from pingshan_tools.launcher.state import PartState, Phase

_LOW_DISK = 2 * 1024**3
_OPEN_LETTERS = "SELECT count(*) FROM dead_letter WHERE died_at IS NOT NULL AND resolved_at IS NULL"
_WAITING = "SELECT count(*) FROM outbox"
_AGE = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox"
_ANSWER_SECONDS = 5
_PATIENCE = 30
"""Seconds that an event may wait for the relay."""


@dataclass(frozen=True)
class Finding:
    text: str
    wrong: str = ""
    """Advice on what to do about it; empty where all is well."""


def _checked(text: str, advice: str, *, well: bool) -> Finding:
    return Finding(text, "" if well else advice)


def examine(console: Console, places: Places) -> bool:
    """Prints one line per finding, with advice where something is wrong; returns whether all is well."""
    findings = [*_machine(places), *_parts(places)]
    if shown := state.read(places):
        addresses = outside.addresses(places, Ports(shown.base), outside.from_environment())
        findings += asyncio.run(_inside(addresses, [service for service in SERVICES if service in shown.parts]))
    for finding in findings:
        console.print(f"{'[red]✘[/]' if finding.wrong else '[green]✔[/]'} {finding.text}", highlight=False)
        if finding.wrong:
            console.print(f"    {finding.wrong}", style="yellow", highlight=False)
    return not any(finding.wrong for finding in findings)


def _machine(places: Places) -> Iterator[Finding]:
    yield Finding(f"Python {sys.version.split()[0]} in {sys.prefix}")
    for name in ("nats-server", "temporal"):
        found = Path(sys.executable).with_name(name).exists()
        yield _checked(f"program {name}", "`make environment` installs it", well=found)
    free = room.free(places)
    advice = room.shortage(places) or "Make room, or set PINGSHAN_DATA"
    yield _checked(f"{free / 1024**3:.1f} GB free for {places.data}", advice, well=free > _LOW_DISK)
    for file in _readable_by_others(places.secrets):
        yield Finding(f"{file} can be read by others", f"chmod 600 {file}")


def _readable_by_others(secrets: Path) -> list[Path]:
    return [file for file in secrets.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]


def _parts(places: Places) -> Iterator[Finding]:
    shown = state.read(places)
    if shown is None or state.supervisor(places) is None:
        yield Finding("the platform does not run", "`pingshan up` starts it")
        for sentence in ports_check.taken(places, Ports(base_from_environment()), outside.from_environment()):
            yield Finding(sentence, "Stop what uses it, or set PINGSHAN_PORT_BASE")
        return
    for name, part in shown.parts.items():
        restarted = f", restarted {part.restarts} ×" if part.restarts else ""
        yield _checked(f"{name}: {part.phase}{restarted}", _reason(name, part, places), well=part.phase is Phase.READY)


def _reason(name: str, part: PartState, places: Places) -> str:
    if part.phase is Phase.WAITING:
        return f"It waits for {part.detail}"
    if part.phase is not Phase.FAILED:
        return "It is on its way; `pingshan status` shows how far"
    return f"{part.detail.partition(chr(10))[0]}\n    The log is {places.log(name)}"


async def _inside(addresses: Addresses, services: Sequence[str]) -> list[Finding]:
    found = [finding async for finding in _databases(addresses, services)]
    found += [finding async for finding in unhandled_jobs(addresses, services)]
    return found + [finding async for finding in _topology(addresses, services)]


async def _databases(addresses: Addresses, services: Sequence[str]) -> AsyncIterator[Finding]:
    for service in services:
        name = database_name(service)
        password = secret_files.read(addresses.secrets, service, "database_password")
        url = f"postgresql://{name}_runtime:{password}@{addresses.postgres}/{name}"
        try:
            connection = await asyncpg.connect(url, timeout=5)
            letters = await connection.fetchval(_OPEN_LETTERS)
            waiting = await connection.fetchval(_WAITING)
            age = await connection.fetchval(_AGE)
            await connection.close()
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            yield Finding(f"database {name}: {error or type(error).__name__}", "`pingshan status` says what is away")
            continue
        page = f"{addresses.url(service)}/dead-letters"
        yield _checked(f"{service}: {letters} dead letters", f"Decide on {page}", well=letters == 0)
        text = f"{service}: {waiting} events wait to be published"
        yield _checked(text, f"For {age:.0f} s already; is NATS there?", well=age < _PATIENCE)


async def unhandled_jobs(addresses: Addresses, services: Sequence[str]) -> AsyncIterator[Finding]:
    """Yields one finding per service, as it says itself: whether jobs wait for a handler that it does not have."""
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        for service in services:
            try:
                kinds = (await client.get(f"{addresses.url(service)}/readyz")).json()["unhandled"]
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                advice = "`pingshan status` says whether it runs"
                yield Finding(f"{service}: does not say which jobs it runs ({type(error).__name__})", advice)
                continue
            waiting = f"jobs wait that nobody runs: {', '.join(kinds)}" if kinds else "every queued job has a handler"
            advice = "A newer version queued them, or their handler was taken away: run a version that has it"
            yield _checked(f"{service}: {waiting}", advice, well=not kinds)


async def _topology(addresses: Addresses, services: Sequence[str]) -> AsyncIterator[Finding]:
    password = secret_files.read(addresses.secrets, "nats", "password")
    try:
        client = await nats.connect(addresses.nats, user=ADMIN, password=password, allow_reconnect=False)
    except (OSError, nats.errors.Error) as error:
        yield Finding(f"NATS: {error}", "`pingshan status` says whether it runs")
        return
    for stream in load().streams:
        yield await _stream(client, stream)
    for durable in load().durables:
        if durable.service in services:
            yield await _durable(client, durable)
    await client.close()


async def _stream(client: Client, stream: Stream) -> Finding:
    try:
        info = await client.jetstream().stream_info(stream.name)
    except NotFoundError:
        advice = "`pingshan topology` makes it, `pingshan events replay` fills it"
        return Finding(f"stream {stream.name} is missing", advice)
    same = set(info.config.subjects or []) == set(stream.subjects)
    advice = "It differs from edges.yaml; `pingshan topology` corrects it"
    return _checked(f"stream {stream.name}: {info.state.messages} events", advice, well=same)


async def _durable(client: Client, durable: Durable) -> Finding:
    try:
        info = await client.jetstream().consumer_info(durable.stream, durable.name)
    except NotFoundError:
        return Finding(f"durable {durable.name} is missing", f"{durable.service} makes it; does it run?")
    return Finding(f"durable {durable.name}: {info.num_pending} wait, {info.num_ack_pending} in hand")
