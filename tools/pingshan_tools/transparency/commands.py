"""`pingshan log` and `pingshan status-list`: they need no platform, and no network where files are given.

What checks is imported by the command that needs it, as `command.py` does.
"""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pingshan_tools.transparency import Refused

log = typer.Typer(help="Check e-license's transparency log.", no_args_is_help=True)
status_list = typer.Typer(help="Check a status list of e-license.", no_args_is_help=True)
console = Console()

Key = Annotated[str, typer.Option(help="the log's public key <name>+<id>+<key>, or a file with it")]


@log.command()
def verify(
    proof: Annotated[Path, typer.Option(help="the proof document, as it was downloaded")],
    key: Key,
    checkpoint: Annotated[Path | None, typer.Option(help="a checkpoint of this log that you have seen before")] = None,
    consistency: Annotated[Path | None, typer.Option(help="what /v1/log/consistency said of the two sizes")] = None,
    address: Annotated[str, typer.Option("--log", help="ask this address for it, such as http://localhost:18082")] = "",
) -> None:
    """Check that an entry is in the log, what it says, and that the log is the one seen before."""
    from pingshan_tools.transparency.log import LogClient, check_growth, checkpoint_of, key_of, proven

    known = key_of(key)
    found, head = proven(_json(proof), known)
    if checkpoint is not None:
        remembered = checkpoint_of(_text(checkpoint), known)
        joined = _json(consistency) if consistency else None
        if joined is None and address and remembered.size != head.size:
            joined = LogClient(address).consistency(*sorted((remembered.size, head.size)))
        check_growth(remembered, head, joined)
    leaf = found.leaf
    console.print(f"In the log: entry {found.index} of {head.size} of {head.origin}.", highlight=False)
    console.print(f"{leaf['kind']}, recorded {leaf['recorded_at']}, {leaf['entry_id']}", highlight=False)
    if found.opening is None:
        console.print("What it says is not in this document.")
    else:
        said = json.dumps(found.opening.content, ensure_ascii=False, indent=2, sort_keys=True)
        console.print(f"It says, as the log has committed to:\n{said}", highlight=False, markup=False)
    if checkpoint is not None:
        console.print("The log is the one that you have seen before, and only grew.")


@log.command(name="walk")
def walk_log(
    key: Key,
    address: Annotated[str, typer.Option("--log", help="the log's address, such as http://localhost:18082")] = "",
    export: Annotated[Path | None, typer.Option(help="instead: leaf hashes, one a line in base64")] = None,
    head: Annotated[Path | None, typer.Option(help="with --export: the checkpoint, as a signed note")] = None,
    remembered: Annotated[
        Path | None, typer.Option(help="the checkpoint of the last walk; replaced by the new one where all is well")
    ] = None,
) -> None:
    """Compute the log's root from all its entries, and compare it with what it signed, now and before."""
    from pingshan_tools.transparency.log import LogClient, checkpoint_of, hashes_in, key_of, walk

    known = key_of(key)
    if address:
        client = LogClient(address)
        note = client.note()
        shown = checkpoint_of(note, known)
        hashes = client.hashes(shown.size)
    elif export and head:
        note = _text(head)
        shown = checkpoint_of(note, known)
        hashes = hashes_in(export)
    else:
        raise Refused("give --log, or --export together with --head")
    before = checkpoint_of(_text(remembered), known) if remembered and remembered.exists() else None
    walk(hashes, shown, before)
    if remembered is not None:
        remembered.write_text(note, "utf-8")
    grown = f", {shown.size - before.size} more than at the last walk" if before else ""
    console.print(f"All {shown.size} entries lead to the signed root{grown}.", highlight=False)


@status_list.command()
def check(
    token: Annotated[Path, typer.Option("--list", help="the list, as it was fetched")],
    uri: Annotated[str, typer.Option(help="the address in the credential's status claim")],
    index: Annotated[int, typer.Option(help="the idx beside it")],
    jwks: Annotated[Path, typer.Option(help="the issuer's keys, as /jwks gives them")],
    seen: Annotated[Path | None, typer.Option(help="a file that remembers the newest list of each address")] = None,
) -> None:
    """Check a status list, and print what it says of one licence."""
    from pingshan_tools.transparency.status import last_seen, read_list, remember, word_at

    last = last_seen(seen, uri) if seen else None
    found = read_list(_text(token), _json(jwks), uri=uri, now=int(time.time()), last_issued_at=last)
    word = word_at(found, index)
    if seen is not None:
        remember(seen, found)
    age = int(time.time()) - found.issued_at
    console.print(f"{word}, as of {age} s ago", highlight=False)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read: {type(error).__name__}") from error


def _json(file: Path) -> Any:
    try:
        return json.loads(_text(file))
    except ValueError as error:
        raise Refused(f"{file} is no JSON") from error
