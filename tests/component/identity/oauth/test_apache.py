"""A relying party that we did not write: Debian's mod_auth_openidc in an Apache of its own, unmodified.

Its settings are those that the page of the system shows, in the site of docs/how-to/connect-a-system.md.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

import pytest
from pingshan_tools.process import answers

from tests.support.identity.own_clients import SECRET, add_client
from tests.support.identity.parties import Browser, Identity, csrf_of
from tests.support.identity.shown_settings import shown_settings
from tests.support.platform import BoundService
from tests.support.servers import free_port, until, wait_for

MODULES = Path("/usr/lib/apache2/modules")
LOADED = ("authn_core", "authz_core", "authz_user", "dir", "mime", "headers", "auth_openidc")
CONFIGURATION = """
ServerName localhost
ServerRoot /etc/apache2
User www-data
Group www-data
Listen 127.0.0.1:{port}
PidFile {folder}/httpd.pid
ErrorLog {folder}/error.log
Include /etc/apache2/mods-available/mpm_event.load
{modules}
TypesConfig /etc/mime.types
DocumentRoot {folder}/www
DirectoryIndex index.html

{shown}

<Location /app>
  AuthType openid-connect
  Require valid-user
  Header always set X-Remote-User "expr=%{{REMOTE_USER}}"
</Location>
"""


@dataclass(frozen=True)
class ReadingRoom:
    """The site that Apache guards."""

    site: str
    log: Path

    def open(self, page: Browser) -> "Opened":
        """The page behind the sign-in, followed to the end as a browser does."""
        address, seen = f"{self.site}/app/", []
        while (answer := page.get(address)).is_redirect:
            seen.append(address := str(answer.url.join(answer.headers["location"])))
        return Opened(answer.status_code, answer.text, dict(answer.headers), seen)

    def lets_in(self, page: Browser) -> bool:
        return page.get(f"{self.site}/app/").status_code == 200


@dataclass(frozen=True)
class Opened:
    status: int
    text: str
    headers: dict[str, str]
    seen: list[str]
    """Addresses on the way."""


@pytest.fixture(scope="module")
def reading_room(identity: Identity, bound_identity: BoundService) -> Iterator[ReadingRoom]:
    apache = shutil.which("apache2", path=f"{os.environ['PATH']}:/usr/sbin")
    if not apache or not (MODULES / "mod_auth_openidc.so").exists():
        if os.environ.get("CI"):
            pytest.fail("Apache is missing: .ci/run installs it")
        pytest.skip("needs Debian's apache2 and libapache2-mod-auth-openidc")
    with TemporaryDirectory() as made:
        folder, port = Path(made), free_port()
        site = f"http://localhost:{port}"
        (folder / "www" / "app").mkdir(parents=True)
        (folder / "www" / "app" / "index.html").write_text("<h1>阅览室</h1>", "utf-8")
        wait_for(connect(bound_identity, site))
        shown = shown_settings(identity, "reading-room", "apache")
        for given in (SECRET, token_urlsafe(32)):
            shown = shown.replace("********", given, 1)
        configured = CONFIGURATION.format(
            port=port,
            folder=folder,
            modules="\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED),
            shown=shown,
        )
        (folder / "site.conf").write_text(configured, "utf-8")
        folder.chmod(0o755)
        with subprocess.Popen([apache, "-f", str(folder / "site.conf"), "-DFOREGROUND"]) as process:
            try:
                until(lambda: wait_for(answers("127.0.0.1", port)))
                yield ReadingRoom(site, folder / "error.log")
            finally:
                process.terminate()


async def connect(bound: BoundService, site: str) -> None:
    """As step 2 of the guide proposes it."""
    await add_client(
        bound,
        "reading-room",
        redirect_uris=[f"{site}/app/callback"],
        post_logout_redirect_uris=[f"{site}/"],
        backchannel_logout=True,
        backchannel_logout_uri=f"{site}/app/callback?logout=backchannel",
        launch_uri=f"{site}/app/",
        required_level=2,
    )


def test_a_person_gets_in_without_a_second_sign_in(identity: Identity, reading_room: ReadingRoom) -> None:
    page = identity.signed_in("urban01")
    [person] = identity.execute("SELECT person_id FROM person WHERE login_name = 'urban01'")
    opened = reading_room.open(page)
    assert opened.status == 200, reading_room.log.read_text()
    assert "阅览室" in opened.text
    assert opened.headers["x-remote-user"].startswith(str(person["person_id"]))
    assert reading_room.lets_in(page), "Apache keeps a session of its own"


def test_a_stranger_is_sent_to_sign_in(identity: Identity, reading_room: ReadingRoom) -> None:
    opened = reading_room.open(identity.browser())
    assert "阅览室" not in opened.text
    assert opened.seen[-1].startswith(f"{identity.url}/sign-in?")


def test_a_sign_out_reaches_the_session_of_apache(identity: Identity, reading_room: ReadingRoom) -> None:
    page, other = identity.signed_in("urban01"), identity.signed_in("fire01")
    for person in (page, other):
        assert reading_room.open(person).status == 200
    page.post("/sign-out", {"csrf_token": csrf_of(page.get("/sign-out"))})
    until(lambda: not reading_room.lets_in(page))
    assert reading_room.lets_in(other), "of this session only"
