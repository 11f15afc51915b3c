"""The records of all services, each against its own chain, its file of heads, and the heads that another one keeps."""

import os
import subprocess
import sys

from pingshan_kit.record_heads import keeper_of
from rich.console import Console

from pingshan_tools.addresses import Addresses, environment, fields, package_name
from pingshan_tools.edges import SERVICES


def verify(console: Console, addresses: Addresses) -> bool:
    """Prints what is found for each service, and returns whether every record is whole."""
    whole = True
    for service in SERVICES:
        keeper = keeper_of(service)
        heads = _run(keeper, addresses, "record-heads", service)
        if heads.returncode:
            console.print(f"{service}: {keeper} does not say which heads it keeps. {heads.stderr.strip()}")
            whole = False
            continue
        checked = _run(service, addresses, "verify-records", "--heads", "-", given=heads.stdout)
        for line in (*checked.stdout.splitlines(), *checked.stderr.splitlines()):
            console.print(f"{service}: {line}", highlight=False)
        whole = whole and checked.returncode == 0
    return whole


def _run(service: str, addresses: Addresses, *command: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", package_name(service), *command]
    values = os.environ | environment(service, fields(service, addresses))
    return subprocess.run(argv, input=given, env=values, capture_output=True, text=True, check=False)
