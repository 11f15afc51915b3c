"""`pingshan doctor`: looks at everything that the platform needs, and says what to do about what is wrong."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from pingshan_events.watch_names import watch_names
from rich.console import Console

from pingshan_tools import secret_files, topology
from pingshan_tools.addresses import Addresses, Ports, base_from_environment, environment, fields, package_name
from pingshan_tools.edges import SERVICES, Durable, Stream, load
from pingshan_tools.embedded.nats import ADMIN
from pingshan_tools.launcher import outside, ports_check, room, state
from pingshan_tools.launcher.places import Places
from pingshan_tools.launcher.state import PartState, Phase
from pingshan_tools.process import ProgramError, run_to_end

_LOW_DISK = 2 * 1024**3
_ANSWER_SECONDS = 5
_NEARLY_FULL = 0.8


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
    for path in places.open_to_others():
        yield Finding(f"{path} is open to others", "`pingshan up` closes it")


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
    found = [finding async for finding in backlogs(addresses, services)]
    found += [finding async for finding in unhandled_jobs(addresses, services)]
    found += [finding async for finding in refused_messages(addresses, services)]
    if "identity" in services:
        found.append(await asyncio.to_thread(_duties, addresses))
    return found + [finding async for finding in topology_of(addresses, services)]


def _duties(addresses: Addresses) -> Finding:
    """Returns whether somebody holds each of identity's separated duties."""
    argv = [sys.executable, "-m", package_name("identity"), "duties"]
    try:
        said = run_to_end("duties", argv, environment=environment("identity", fields("identity", addresses))).strip()
    except ProgramError:
        return Finding("identity: does not say who holds its duties", "`pingshan status` says whether PostgreSQL runs")
    advice = "Two administrators give it on the console; else `pingshan break-glass` (docs/how-to/break-glass.md)"
    return _checked(f"identity: {said}", advice, well="vacant" not in said)


async def backlogs(addresses: Addresses, services: Sequence[str]) -> AsyncIterator[Finding]:
    """Yields what waits in each service, and for how long, as it says itself at /readyz."""
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        for service in services:
            try:
                facts = (await client.get(f"{addresses.url(service)}/readyz")).json()
                state, status, letters = facts["state"]["en"], facts["status"], facts["figures"]["dead_letters"]
                late, busy = (facts["figures"]["loop_lag"][name] * 1000 for name in ("late", "busy"))
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                advice = "`pingshan status` says whether it runs"
                yield Finding(f"{service}: does not say what waits ({type(error).__name__})", advice)
                continue
            advice = "What is missing: `pingshan topology` makes streams, `pingshan status` says what is away"
            if "keys" in facts.get("degraded", ()):
                advice = f"`pingshan up` writes {addresses.service_jwks} anew; its user must be able to read it"
            yield _checked(f"{service}: {state}", advice, well=status == "ready")
            page = f"{addresses.origin(service)}/dead-letters"
            yield _checked(f"{service}: {letters} dead letters", f"Decide on {page}", well=letters == 0)
            lag = f"event loop late by {late:.0f} ms at worst in the last minute, its own computations {busy:.0f} ms"
            yield Finding(f"{service}: {lag}")


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


async def refused_messages(addresses: Addresses, services: Sequence[str]) -> AsyncIterator[Finding]:
    """Yields one finding per service that answers: how many messages it refused that their publisher had not signed."""
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        for service in services:
            with suppress(httpx.HTTPError, ValueError, KeyError, TypeError):
                facts = (await client.get(f"{addresses.url(service)}/readyz")).json()
                yield _refused(service, facts["refused_messages"])


def _refused(service: str, refused: Sequence[dict[str, Any]]) -> Finding:
    """Returns how many messages a process has refused since its start, and why."""
    text = f"{service}: {sum(each['count'] for each in refused)} messages refused since its start"
    kinds = "; ".join(f"{each['count']} × {each['subject']} ({each['reason']})" for each in refused)
    advice = f"{kinds}. Not signed by their publisher: somebody speaks in its name, or it ran an earlier version until"
    return _checked(text, f"{advice} lately (it publishes those again by itself)", well=not refused)


async def topology_of(addresses: Addresses, services: Sequence[str]) -> AsyncIterator[Finding]:
    """Yields whether NATS holds the streams, the durables of these services and the watches of `edges.yaml`."""
    password = secret_files.read(addresses.secrets, "nats", "password")
    try:
        async with topology.connected(addresses.nats, user=ADMIN, password=password) as client:
            for stream in load().streams:
                yield await _stream(client, stream)
            async for finding in consumers(client):
                yield finding
            for durable in load().durables:
                if durable.service in services:
                    yield await _durable(client, durable)
    except topology.Refused as error:
        yield Finding(f"NATS: {topology.reason(error)}", "`pingshan status` says whether it runs")


async def _stream(client: Client, stream: Stream) -> Finding:
    try:
        info = await client.jetstream().stream_info(stream.name)
    except NotFoundError:
        advice = "`pingshan topology` makes it, `pingshan events replay` fills it"
        return Finding(f"stream {stream.name} is missing", advice)
    same = set(info.config.subjects or []) == set(stream.subjects) and info.config.max_bytes == stream.max_bytes
    if not same:
        advice = "It differs from edges.yaml; `pingshan topology` corrects it"
        return Finding(f"stream {stream.name}: {info.state.messages} events", advice)
    full = info.state.bytes / stream.max_bytes
    text = f"stream {stream.name}: {info.state.messages} events, {full:.0%} of its room"
    advice = f"When it is full, {stream.service} publishes nothing: give it more `max_bytes` in edges.yaml"
    return _checked(text, advice, well=full < _NEARLY_FULL)


async def consumers(client: Client) -> AsyncIterator[Finding]:
    """Yields one finding per stream: whether its consumers are those of `edges.yaml`, and each watch has free names."""
    edges = load()
    for stream in edges.streams:
        with suppress(NotFoundError):
            found = [each async for each in topology.consumers(client, stream.name)]
            names = {each.name for each in found}
            watches = [watched for watched in edges.watches if watched.stream == stream.name]
            of_watch = {(each.service, each.subject): set(watch_names(each.service, each.subject)) for each in watches}
            declared = {durable.name for durable in edges.durables if durable.stream == stream.name}
            strangers = sorted(names - declared.union(*of_watch.values()))
            text = f"stream {stream.name}: {len(names)} consumers"
            advice = (
                "nobody declares them; an earlier version's go by themselves within a minute, others must be deleted"
            )
            yield _checked(text, f"{len(strangers)}, as {', '.join(strangers[:3])}: {advice}", well=not strangers)
            for each in filter(topology.delivers_astray, found):
                advice = "Somebody has the password of that service: change it; then `pingshan topology` deletes this"
                yield Finding(f"{each.name} delivers to {each.config.deliver_subject}", advice)
            for (service, subject), own in of_watch.items():
                if own <= names:
                    advice = "Too many processes, or somebody holds them with the password of the service: change it"
                    yield Finding(f"{service}: no free name to watch {subject} ({len(own)} taken)", advice)


async def _durable(client: Client, durable: Durable) -> Finding:
    try:
        info = await client.jetstream().consumer_info(durable.stream, durable.name)
    except NotFoundError:
        return Finding(f"durable {durable.name} is missing", f"{durable.service} makes it; does it run?")
    text = f"durable {durable.name}: {info.num_pending} wait, {info.num_ack_pending} in hand"
    advice = (
        f"It hears {info.config.filter_subject}, and not {durable.subject}; delete it, and {durable.service} makes it"
    )
    return _checked(text, advice, well=info.config.filter_subject == durable.subject)
