"""The `pingshan` command.

Whatever is slow to import is imported by the command that needs it, so that `pingshan up` answers at once.
"""

import asyncio
import sys
from datetime import datetime, timedelta, timezone
from typing import Annotated

import typer
from rich.console import Console

from pingshan_tools import sign_ins
from pingshan_tools.addresses import Addresses, Ports, base_from_environment
from pingshan_tools.launcher import outside, room, state
from pingshan_tools.launcher.down import bring_down
from pingshan_tools.launcher.places import from_environment
from pingshan_tools.launcher.up import CommandError, bring_up, table
from pingshan_tools.process import ProgramError
from pingshan_tools.transparency import commands as transparency

app = typer.Typer(help="Runs and looks into Smart Pingshan.", no_args_is_help=True, pretty_exceptions_enable=False)
events = typer.Typer(help="Published events.", no_args_is_help=True)
app.add_typer(events, name="events")
app.add_typer(transparency.log, name="log")
app.add_typer(transparency.status_list, name="status-list")
console = Console()


@app.command()
def up(wait: Annotated[float, typer.Option(help="seconds until it gives up")] = 300) -> None:
    """Start the platform, or what is missing of it; returns when everything is ready."""
    places = from_environment()
    shown = bring_up(places, console, seconds=wait)
    addresses = outside.addresses(places, Ports(shown.base), outside.from_environment())
    sign_ins.print_addresses(console, addresses, places)


@app.command()
def down() -> None:
    """Stop everything; what was kept stays."""
    if not bring_down(from_environment(), console):
        console.print("Nothing was running.")


@app.command()
def status() -> None:
    """Show what is running."""
    places = from_environment()
    shown = state.read(places)
    if shown is None:
        console.print("Not running. Start it with `pingshan up`.")
        raise typer.Exit(1)
    console.print(table(shown))
    if state.supervisor(places) is None:
        console.print("[red]The supervisor is not running; `pingshan up` starts it again.[/]")
    if shortage := room.shortage(places):
        console.print(f"{shortage} What is shown may be old.", style="red", highlight=False)
    if shortage or not (shown.all_ready and state.supervisor(places)):
        raise typer.Exit(1)


@app.command()
def demo(
    run: Annotated[str | None, typer.Option(help="continue this run; none: the unfinished one, or a new one")] = None,
) -> None:
    """Play one story through all five services; a run that was killed goes on where it was."""
    import httpx

    from pingshan_tools.demo.browser import Stuck
    from pingshan_tools.demo.run import run as play

    places = from_environment()
    shown = state.read(places)
    if shown is None:
        raise CommandError("The platform does not run. Start it with `pingshan up`.")
    try:
        play(console, Ports(shown.base), places, run)
    except (Stuck, httpx.TransportError) as error:
        raise CommandError(f"{error}\nRun `pingshan demo` again: it goes on where it was.") from error


@app.command()
def screenshots() -> None:
    """Take pictures of every page, as the newest finished demo left them."""
    from pingshan_tools import screenshots as pictures

    places = from_environment()
    shown = state.read(places)
    if shown is None:
        raise CommandError("The platform does not run. Start it with `pingshan up`.")
    try:
        pictures.make(console, Ports(shown.base), places)
    except pictures.NothingToShow as error:
        raise CommandError(str(error)) from error


@app.command()
def trace(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="trace id, or a business id such as 2026-000123")],
    *,
    reads: Annotated[bool, typer.Option("--reads", help="also the acts that only fetched something")] = False,
) -> None:
    """Print every act that an id names, as trees."""
    from pingshan_tools.traces.acts import find
    from pingshan_tools.traces.printed import print_acts

    found = find(from_environment().traces, wanted)
    if not found:
        raise CommandError(f"No kept trace has the id {wanted}.")
    shown = found if reads or len(found) == 1 else [act for act in found if not act.only_reads]
    print_acts(Console(width=max(console.width, 240)), shown)
    if left_out := len(found) - len(shown):
        console.print(f"{left_out} acts that only read are left out; --reads shows them.", style="dim")


@app.command()
def generate(
    *, check: Annotated[bool, typer.Option("--check", help="only compare, and fail on a difference")] = False
) -> None:
    """Write everything that is generated from proto/, edges.yaml, the events and the services."""
    from pingshan_tools.generate import everything
    from pingshan_tools.generate import files as generated

    if not check:
        changed = generated.put(everything.code())
        changed += generated.write(everything.files())
        console.print("\n".join(str(path) for path in changed) or "Nothing changed.", highlight=False)
        return
    for difference in (found := generated.differences(everything.files())):
        console.print(f"[red]{difference.path} {difference.reason}[/]", highlight=False)
    if found:
        raise CommandError("Run `make generate`.")


@events.command()
def replay(
    service: Annotated[str, typer.Argument(help="whose events: identity, e-license, workflow, wifi-portal or alerts")],
    since: Annotated[datetime, typer.Option(help="published since then, for example 2026-11-22T08:00:00 (Shanghai)")],
) -> None:
    """Publish again what a service has published, with the same ids: NATS may lose its disk."""
    from pingshan_kit.errors import Unavailable

    from pingshan_tools import topology
    from pingshan_tools.edges import SERVICES
    from pingshan_tools.replay import replay_events

    if service not in SERVICES:
        raise ValueError(f"There is no service {service}.")
    moment = since if since.tzinfo else since.replace(tzinfo=timezone(timedelta(hours=8)))
    addresses = _addresses()
    try:
        count = asyncio.run(replay_events(service, addresses, since=moment))
    except topology.Refused as error:
        raise CommandError(f"NATS at {addresses.nats}: {topology.reason(error)}") from error
    except Unavailable as error:
        raise CommandError(f"PostgreSQL at {addresses.postgres} does not answer") from error
    console.print(f"{count} events of {service} published again.")


@app.command(name="topology")
def make_topology() -> None:
    """Make the streams of edges.yaml where they are missing or differ."""
    from pingshan_tools import secret_files, topology
    from pingshan_tools.edges import load
    from pingshan_tools.embedded.nats import ADMIN

    addresses = _addresses()
    password = secret_files.read(addresses.secrets, "nats", "password")
    try:
        asyncio.run(topology.make_streams(addresses.nats, user=ADMIN, password=password, edges=load()))
    except topology.Refused as error:
        raise CommandError(f"NATS at {addresses.nats}: {topology.reason(error)}") from error
    console.print("The streams are as edges.yaml declares them.")


@app.command(name="nats-accounts")
def nats_accounts() -> None:
    """Print users, passwords and rights for the configuration of an outside nats-server."""
    import json

    from pingshan_tools import secret_files
    from pingshan_tools.edges import load
    from pingshan_tools.embedded.nats import accounts, passwords

    places = from_environment()
    places.make()
    secret_files.make(places.secrets, places.service_jwks)
    typer.echo(json.dumps({"accounts": accounts(passwords(places.secrets), load())}, indent=2))


@app.command(name="kubernetes-secrets")
def kubernetes_secrets() -> None:
    """Print the secrets of this data folder as Kubernetes manifests."""
    from pingshan_tools import kubernetes

    places = from_environment()
    places.make()
    typer.echo(kubernetes.manifests(places))


@app.command(name="rotate-data-key")
def rotate_data_key(
    service: Annotated[str, typer.Argument(help="identity, e-license, workflow, wifi-portal or alerts")],
    *,
    only_status: Annotated[bool, typer.Option("--status", help="only show how far the re-encryption is")] = False,
) -> None:
    """Give a service a new data key; what the older ones encrypted is re-encrypted from the next start on."""
    from pingshan_tools import secret_files
    from pingshan_tools.addresses import environment, fields, package_name
    from pingshan_tools.edges import SERVICES
    from pingshan_tools.launcher import children
    from pingshan_tools.process import run_to_end

    if service not in SERVICES:
        raise ValueError(f"There is no service {service}.")
    if only_status:
        argv = [sys.executable, "-m", package_name(service), "data-keys"]
        values = environment(service, fields(service, _addresses()))
        typer.echo(run_to_end(f"{service} data-keys", argv, environment=values), nl=False)
        return
    places = from_environment()
    places.make()
    if any(children.running(record, places) for record in children.records(places)):
        raise CommandError("Stop the platform first (`pingshan down`): all its processes must begin with the new key.")
    secret_files.make(places.secrets, places.service_jwks)
    secret_files.add_data_key(places.secrets, service)
    console.print(f"{service} has a new data key. Start the platform with `pingshan up`, then look how far it is:")
    console.print(f"pingshan rotate-data-key {service} --status", highlight=False)


@app.command(name="rotate-event-key")
def rotate_event_key(
    service: Annotated[str, typer.Argument(help="identity, e-license, workflow, wifi-portal or alerts")],
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="believe the older keys no longer")] = False,
) -> None:
    """Give a service a new key for its events; it signs from the service's next start on, and the older ones count."""
    from pingshan_tools import secret_files
    from pingshan_tools.edges import SERVICES

    if service not in SERVICES:
        raise ValueError(f"There is no service {service}.")
    places = from_environment()
    places.make()
    secret_files.make(places.secrets, places.service_jwks)
    if withdraw:
        secret_files.withdraw_event_keys(places.secrets, service)
    else:
        secret_files.add_event_key(places.secrets, service)
    secret_files.make(places.secrets, places.service_jwks)
    if withdraw:
        console.print(f"What an older key of {service} signed counts no longer. Publish it again with the newest:")
        console.print(f"pingshan events replay {service} --since …", highlight=False)
    else:
        console.print(f"{service} has a new event key and signs with it from its next start on; the older ones count")
        console.print(f"until `pingshan rotate-event-key {service} --withdraw`.", highlight=False)


@app.command(name="break-glass")
def break_glass(
    duty: Annotated[str, typer.Argument(help="system-administrator, security-administrator or auditor")],
    login: Annotated[str, typer.Argument(help="login name of a member of staff who holds no other duty")],
    reason: Annotated[str, typer.Option(prompt=True, help="why; it is recorded, and alarmed")],
) -> None:
    """Appoint somebody to an administrator's duty that nobody holds, from the server."""
    from pingshan_tools.addresses import environment, fields, package_name
    from pingshan_tools.process import run_to_end

    argv = [sys.executable, "-m", package_name("identity"), "break-glass", "--reason", reason, "--", duty, login]
    values = environment("identity", fields("identity", _addresses()))
    typer.echo(run_to_end("break-glass", argv, environment=values), nl=False)


@app.command(name="rotate-service-key")
def rotate_service_key(
    service: Annotated[str, typer.Argument(help="identity, e-license, workflow, wifi-portal or alerts")],
) -> None:
    """Replace the key by which a service proves itself to its siblings: the older one counts no longer, at once."""
    from pingshan_tools import secret_files
    from pingshan_tools.edges import SERVICES

    if service not in SERVICES:
        raise ValueError(f"There is no service {service}.")
    places = from_environment()
    places.make()
    secret_files.make(places.secrets, places.service_jwks)
    secret_files.replace_service_key(places.secrets, service)
    secret_files.make(places.secrets, places.service_jwks)
    console.print(f"What the older key of {service} signs is refused. {service} signs with the new one from its next")
    console.print("start on, and its calls are refused until then: `pingshan down`, `pingshan up`.", highlight=False)


@app.command(name="verify-records")
def verify_records() -> None:
    """Check every service's record of acts: its chain, the heads in its file, and those that another service keeps."""
    from pingshan_tools.verify_records import verify

    if not verify(console, _addresses()):
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """Examine everything, and say what to do about what is wrong."""
    from pingshan_tools.doctor import examine

    if not examine(console, from_environment()):
        raise typer.Exit(1)


@app.command(name="sign-ins")
def show_sign_ins(login: Annotated[str, typer.Argument(help="only this person")] = "") -> None:
    """Show who may sign in: the passwords made at the first start, and the authenticators' codes of the moment."""
    sign_ins.print_people(console, from_environment(), login)


def _addresses() -> Addresses:
    """Returns the addresses of the platform that runs, or would run, in this data folder."""
    places = from_environment()
    shown = state.read(places)
    base = shown.base if shown else base_from_environment()
    return outside.addresses(places, Ports(base), outside.from_environment())


def main() -> None:
    try:
        app()
    except (CommandError, ProgramError, ValueError, PermissionError) as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)
