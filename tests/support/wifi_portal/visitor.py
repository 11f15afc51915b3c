"""A visitor before the captive portal: a browser without JavaScript, simulated controllers, alerts as a fake."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pingshan_ui
from pingshan_simulators import access_controllers
from pingshan_simulators.access_controller import Ports
from pingshan_simulators.access_controllers import AccessControllers, ControllersSettings
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.routing import Mount

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_REFRESH = re.compile(r'http-equiv="refresh" content="0;url=([^"]*)"')


def hidden_fields(html: str) -> dict[str, str]:
    """Those of the first form."""
    form = html.partition("<form")[2].partition("</form>")[0]
    return {unescape(name): unescape(value) for name, value in _HIDDEN.findall(form)}


@dataclass
class Visitor:
    """One device with its browser. `nas`: the simulated controllers' HTTP side."""

    portal: httpx.AsyncClient
    nas: httpx.AsyncClient
    mac: str
    controller: str = "PS-NAS-04"
    hotspot: str = "PS-HS-057"
    page: httpx.Response = field(init=False)

    async def join(self) -> httpx.Response:
        """Joins the network; the controller sends the browser to the portal."""
        answer = await self.nas.get(f"/nas/{self.controller}/join", params={"hotspot": self.hotspot, "mac": self.mac})
        self.told = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        return await self.open()

    async def open(self, **changed: str) -> httpx.Response:
        """Opens the portal as the controller told it, like a browser that was closed meanwhile."""
        self.page = await self.portal.get("/", params=self.told | changed)
        return self.page

    async def submit(self, path: str, **fields: str) -> httpx.Response:
        """Posts a form of the page that is shown, and follows to the next one."""
        answer = await self.portal.post(path, data=hidden_fields(self.page.text) | fields)
        if answer.status_code == 303:
            answer = await self.portal.get(answer.headers["location"])
        self.page = answer
        return answer

    async def ask_for_code(self, mobile: str) -> httpx.Response:
        return await self.submit("/number", mobile=mobile, consent="yes")

    def login_url(self) -> str:
        """Where the page sends the browser: the controller."""
        found = _REFRESH.search(self.page.text)
        assert found, self.page.text
        return unescape(found[1])

    async def login(self) -> httpx.Response:
        """Takes the one-time token to the controller."""
        url = urlsplit(self.login_url())
        return await self.nas.get(f"{url.path}?{url.query}")

    async def traffic(self, octets: int) -> dict[str, Any]:
        path = f"/nas/{self.controller}/devices/{self.mac}/traffic"
        answer = await self.nas.post(path, json={"octets": octets})
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def device(self) -> dict[str, Any]:
        shown: dict[str, Any] = (await self.nas.get(f"/nas/{self.controller}/devices/{self.mac}")).json()
        return shown


@asynccontextmanager
async def controllers(fields: dict[str, str], state: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The simulated controllers of a wifi-portal with these settings."""
    ports = Ports(
        auth=int(fields["radius_auth_port"]),
        acct=int(fields["radius_acct_port"]),
        coa=int(fields["coa_port"]),
        portal_url=fields["public_url"],
    )
    made = AccessControllers(ControllersSettings(Path(fields["nas_secrets_file"]), state, ports))
    application = Starlette(routes=[Mount("/nas", routes=made.routes)])
    web = Path(access_controllers.__file__).parent
    templates = pingshan_ui.environment(web, zh="模拟外部系统", en="Simulated outside systems")
    application.state.site = pingshan_ui.PagesOnly(templates)
    running = asyncio.create_task(made.run())
    await asyncio.sleep(0.5)
    transport = httpx.ASGITransport(app=application)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def browser(base_url: str) -> httpx.AsyncClient:
    """Keeps cookies; a browser takes `Secure` cookies from localhost, so they are sent there as well."""
    client = httpx.AsyncClient(base_url=base_url, timeout=15, verify=False, trust_env=False)

    async def keep(response: httpx.Response) -> None:
        for line in response.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            client.headers["cookie"] = _merged(client.headers.get("cookie", ""), name, value)

    client.event_hooks["response"].append(keep)
    return client


def _merged(header: str, name: str, value: str) -> str:
    known = dict(part.split("=", 1) for part in header.split("; ") if part)
    return "; ".join(f"{key}={text}" for key, text in (known | {name: value}).items())


async def rows(database: Any, query: str, **values: Any) -> list[Any]:
    async with database.read() as tx:
        return list(await tx.execute(text(query), values))


async def all_applied(database: Any) -> None:
    """Waits until nothing waits of what was heard."""
    waits = "SELECT count(*) FROM intake WHERE parked_at IS NULL"

    async def is_applied() -> bool:
        return (await rows(database, waits))[0][0] == 0

    await until(is_applied, 20)


async def until(check: Any, seconds: float = 10.0) -> Any:
    """The first true answer of `check`."""
    for _ in range(int(seconds * 20)):
        if found := await check():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen in time")
