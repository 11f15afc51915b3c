"""Relying parties that we did not write: Passport on Express with each of its two strategies, unmodified.

Their settings are those that the page of the system shows: the whole module that registers the strategy.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pingshan_tools.process import answers

from tests.support.identity.own_clients import SECRET, add_client
from tests.support.identity.parties import Browser, Identity
from tests.support.identity.shown_settings import shown_settings
from tests.support.node import node_for
from tests.support.platform import BoundService
from tests.support.servers import free_port, until, wait_for

FOLDER = Path(__file__).with_name("passport")


@pytest.fixture(scope="module")
def node() -> str:
    return node_for(FOLDER)


@pytest.fixture(scope="module")
def page(identity: Identity) -> Browser:
    return identity.signed_in("urban01")


@contextmanager
def site(node: str, identity: Identity, bound: BoundService, strategy: str, **columns: Any) -> Iterator[str]:
    """The address of a site whose people sign in by the strategy."""
    port = free_port()
    address, client_id = f"http://localhost:{port}", f"{strategy}-{port}"
    wait_for(add_client(bound, client_id, redirect_uris=[f"{address}/sign-in/callback"], **columns))
    with TemporaryDirectory() as made:
        module = Path(made) / "strategy.mjs"
        module.write_text(shown_settings(identity, client_id, strategy), "utf-8")
        (Path(made) / "node_modules").symlink_to(FOLDER / "node_modules")
        program = [node, "site.mjs", str(port), str(module)]
        with subprocess.Popen(program, cwd=FOLDER, env=os.environ | {"CLIENT_SECRET": SECRET}) as process:
            try:
                until(lambda: wait_for(answers("127.0.0.1", port)))
                yield address
            finally:
                process.terminate()


@pytest.mark.parametrize(
    ("strategy", "columns"),
    [
        ("passport", {"auth_method": "client_secret_basic"}),
        ("passport", {"auth_method": "client_secret_post", "id_token_alg": "RS256"}),
        ("passport-openidconnect", {"auth_method": "client_secret_post", "profile": "compatible"}),
    ],
)
def test_a_person_gets_in(
    node: str, identity: Identity, bound_identity: BoundService, page: Browser, strategy: str, columns: dict[str, str]
) -> None:
    [person] = identity.execute("SELECT person_id FROM person WHERE login_name = 'urban01'")
    with site(node, identity, bound_identity, strategy, scopes=["openid", "profile"], **columns) as address:
        assert page.followed(f"{address}/").text == str(person["person_id"])
        stranger = identity.browser().followed(f"{address}/")
        assert str(stranger.url).startswith(f"{identity.url}/sign-in?")
