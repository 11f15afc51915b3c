"""A relying party that we did not write: Django with mozilla-django-oidc, unmodified, in a process of its own.

Its settings are those that the page of the system shows.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import pytest
from pingshan_tools.process import answers

from tests.support.identity.own_clients import SECRET, add_client
from tests.support.identity.parties import Identity
from tests.support.identity.shown_settings import shown_settings
from tests.support.platform import BoundService
from tests.support.servers import free_port, until, wait_for

OF_THE_SITE = {
    "settings.py": """
import os

SECRET_KEY = "a-secret-of-a-site-that-only-a-test-knows"
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "people.sqlite3"}}
USE_TZ = True
""",
    "urls.py": """
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [path("", login_required(lambda request: HttpResponse(request.user.username)))]
""",
    "pingshan_people.py": "",
    "run.py": """
import os
import sys
from wsgiref.simple_server import make_server

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
call_command("migrate", verbosity=0)
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
""",
}


@pytest.fixture(scope="module", params=[("client_secret_post", "ES256"), ("client_secret_basic", "RS256")])
async def site(request: pytest.FixtureRequest, identity: Identity, bound_identity: BoundService) -> str:
    """The address of a site, and what it needs of us."""
    method, algorithm = request.param
    address = f"http://localhost:{free_port()}"
    await add_client(
        bound_identity,
        f"django-{algorithm.lower()}",
        auth_method=method,
        id_token_alg=algorithm,
        scopes=["openid", "profile"],
        redirect_uris=[f"{address}/oidc/callback/"],
        post_logout_redirect_uris=[f"{address}/"],
    )
    return address


@pytest.fixture(scope="module")
def django(site: str, identity: Identity) -> Iterator[str]:
    [client] = identity.execute("SELECT client_id FROM client WHERE $1 = ANY(redirect_uris)", f"{site}/oidc/callback/")
    parts = re.split(r"^# (\w+\.py)\n", shown_settings(identity, client["client_id"], "django"), flags=re.MULTILINE)
    shown = dict(zip(parts[1::2], parts[2::2], strict=True))
    port = urlsplit(site).port
    assert port is not None
    with TemporaryDirectory() as folder:
        for name, text in OF_THE_SITE.items():
            (Path(folder) / name).write_text(text + shown.get(name, ""), "utf-8")
        program = [sys.executable, "run.py", str(port)]
        with subprocess.Popen(program, cwd=folder, env=os.environ | {"CLIENT_SECRET": SECRET}) as process:
            try:
                until(lambda: wait_for(answers("127.0.0.1", port)))
                yield site
            finally:
                process.terminate()


def test_people_get_in_as_themselves(identity: Identity, django: str) -> None:
    """Two of them, since the library's own rule makes one user of all who have no e-mail address."""
    for login in ("urban01", "fire01"):
        page = identity.signed_in(login)
        [person] = identity.execute("SELECT person_id FROM person WHERE login_name = $1", login)
        for _ in range(2):
            assert page.followed(f"{django}/").text == str(person["person_id"])


def test_a_stranger_is_sent_to_sign_in(identity: Identity, django: str) -> None:
    assert str(identity.browser().followed(f"{django}/").url).startswith(f"{identity.url}/sign-in?")


def test_a_sign_out_at_the_site_leads_back_to_it(identity: Identity, django: str) -> None:
    page = identity.signed_in("water01")
    assert page.followed(f"{django}/").status_code == 200
    leaving = page.post(f"{django}/oidc/logout/", {}).headers["location"]
    assert parse_qs(urlsplit(leaving).query)["post_logout_redirect_uri"] == [f"{django}/"]
    assert page.get(leaving).headers["location"] == f"{django}/"
    assert str(page.followed(f"{django}/").url).startswith(f"{identity.url}/sign-in?")
