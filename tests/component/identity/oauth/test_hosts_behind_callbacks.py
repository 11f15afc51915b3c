"""A relying party may lead on from its callback to another of its hosts; browsers check our `form-action` there too."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import Page

from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, Identity
from tests.support.platform import BoundService


class _System(BaseHTTPRequestHandler):
    """Takes the answer at `localhost`, as a sign-in gateway does, and leads to the system's own host."""

    def do_GET(self) -> None:
        further = self.path.startswith("/callback")
        self.send_response(302 if further else 200)
        if further:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/home")  # type: ignore[attr-defined]
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"" if further else b"<h1>home</h1>")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Writes nothing."""


@pytest.fixture(scope="module")
def system() -> Iterator[int]:
    """Its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _System)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


async def sign_in(identity: Identity, page: Page) -> None:
    await page.locator("input[name=login]").fill("water01")
    await page.locator("input[name=password]").fill(identity.sign_ins["staff"]["water01"])
    await page.locator("form:has(input[name=password]) button").first.click()


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("asked", [False, True], ids=["after the sign-in form", "after the consent form"])
async def test_a_person_arrives_at_the_host_behind_the_callback(
    identity: Identity, bound_identity: BoundService, system: int, page: Page, asked: bool, mode: str
) -> None:
    party = await add_client(
        bound_identity,
        f"gateway-{mode}-{'asked' if asked else 'plain'}",
        third_party=asked,
        redirect_uris=[f"http://localhost:{system}/callback"],
    )
    await page.goto(identity.url + party.authorize_path(Attempt(), response_mode=mode))
    await sign_in(identity, page)
    if asked:
        await page.locator("button[value=allow]").click()
    await page.wait_for_url(f"http://127.0.0.1:{system}/home")
    assert await page.locator("h1").inner_text() == "home"
