"""Addresses to open, and who may sign in there."""

import json
from collections.abc import Mapping

import pyotp
from pingshan_values.masked import mask_mobile
from rich.console import Console
from rich.table import Table

from pingshan_tools.addresses import SIMULATORS, Addresses
from pingshan_tools.launcher.places import Places

_CONSOLES = {
    "identity": "统一身份认证  identity and launchpad",
    "e-license": "电子证照  e-license",
    "workflow": "并联审批  workflow",
    "wifi-portal": "公共无线网络  wifi-portal",
    "alerts": "预警响应  alerts",
}

_REALMS = {"staff": "工作人员  staff", "public": "个人  public"}


def print_addresses(console: Console, addresses: Addresses, places: Places) -> None:
    shown = Table.grid(padding=(0, 2))
    for service, title in _CONSOLES.items():
        shown.add_row(title, addresses.origin(service))
    shown.add_row("模拟外部系统  simulators", addresses.origin(SIMULATORS))
    shown.add_row("链路追踪  traces", f"http://localhost:{addresses.ports.sink_page}")
    console.print()
    console.print(shown)
    console.print(f"\nWho may sign in: [bold]pingshan sign-ins[/]   Data: {places.data}", highlight=False)


def print_people(console: Console, places: Places, login: str = "") -> None:
    """Prints who may sign in, with initial passwords and codes of the moment: one person, or all for an empty login.

    The number of one person is masked, as pages show it: whoever asks for it has it.
    """
    file = places.secrets / "sign_ins.json"
    if not file.exists():
        console.print(f"No sign-ins yet: {file} is written at the first start.")
        return
    known: dict[str, dict[str, str]] = json.loads(file.read_text("utf-8"))
    for realm, title in _REALMS.items():
        people = {name: password for name, password in known[realm].items() if login in {"", name}}
        if not people:
            continue
        shown = Table(title=title, title_justify="left")
        longest = max(map(len, people))
        shown.add_column("登录名  login", no_wrap=True, min_width=longest)  # else a narrow terminal cuts names off
        shown.add_column("初始密码  initial password", no_wrap=True)
        if realm == "staff":
            shown.add_column("此刻的验证码  code now", no_wrap=True)
        for name, password in people.items():
            called = mask_mobile(name) if login and realm == "public" else name
            shown.add_row(called, password, *([code_now(known, name)] if realm == "staff" else []))
        console.print(shown)


def code_now(known: Mapping[str, Mapping[str, str]], login: str) -> str:
    """Returns the code that the person's authenticator shows (RFC 6238); empty where the file knows none."""
    secret = known.get("totp", {}).get(login)
    return pyotp.TOTP(secret).now() if secret else ""
