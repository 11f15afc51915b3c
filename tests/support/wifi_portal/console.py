"""People at the operators' console of a wifi-portal process."""

from secrets import token_urlsafe
from uuid import uuid4

import httpx
from pingshan_kit.auth.page_sessions import PageSession, PageSessions
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from tests.support.wifi_portal.visitor import browser


async def signed_in(settings: ServiceSettings, database: Database, *roles: str) -> httpx.AsyncClient:
    """A browser with a page session, as identity's sign-in would have begun it."""
    person = Actor(
        kind=ActorKind.PERSON,
        person_id=str(uuid4()),
        name="值班员",
        realm="staff",
        organisation="data",
        roles=frozenset(roles),
        acr=1,
        session_id=str(uuid4()),
    )
    cookie = token_urlsafe(32)
    await PageSessions(settings, database).begin(cookie, PageSession(person, "id-token"))
    client = browser(settings.public_url)
    client.headers["cookie"] = f"__Host-pingshan-{settings.service}={cookie}"
    client.headers["accept"] = "text/html"
    return client
