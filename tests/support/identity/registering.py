"""Systems that register themselves (RFC 7591, RFC 7592), and who lets them."""

from datetime import timedelta
from typing import Any

import asyncpg
import httpx
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.clients.decided_changes import disable
from pingshan_identity.usecases.clients.initial_access_token import make_initial_access_token
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor, ActorKind

from tests.support.identity.parties import (
    Identity,
    RelyingParty,
)
from tests.support.platform import BoundService

CALLBACK = "https://rp.example/callback"
METADATA_ERROR = "invalid_client_metadata"
METADATA: dict[str, Any] = {"client_name": "Parcel lockers", "redirect_uris": [CALLBACK], "scope": "openid profile"}


class Office:
    """Hands out initial access tokens as two administrators have agreed."""

    def __init__(self, bound: BoundService, person_id: str) -> None:
        self._bound = bound
        self.decider = Actor(kind=ActorKind.PERSON, person_id=person_id, roles=frozenset({"security-administrator"}))

    async def token(
        self, uses: int = 1, owner: str = "water", life: timedelta = timedelta(days=1), profile: str = "strict"
    ) -> str:
        database = Database.from_settings(self._bound.settings(Settings))
        details = {"owner": owner, "uses": uses, "seconds": life.total_seconds(), "profile": profile}
        try:
            async with database.begin() as tx:
                return await make_initial_access_token(tx, self.decider, details, made_by=str(self.decider.person_id))
        finally:
            await database.close()

    async def switch_off(self, client_id: str) -> None:
        database = Database.from_settings(self._bound.settings(Settings))
        try:
            async with database.begin() as tx:
                await disable(tx, self.decider, {"client_id": client_id})
        finally:
            await database.close()


def register(identity: Identity, token: str, document: Any = METADATA) -> httpx.Response:
    return httpx.post(f"{identity.url}/register", json=document, headers={"Authorization": f"Bearer {token}"})


def manage(method: str, registered: dict[str, Any], document: Any = None, token: str | None = None) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {token or registered['registration_access_token']}"}
    return httpx.request(method, registered["registration_client_uri"], headers=bearer, json=document)


def knock(address: str, method: str = "GET", **options: Any) -> httpx.Response:
    return httpx.request(method, address, **options)


def party_of(identity: Identity, registered: dict[str, Any]) -> RelyingParty:
    return RelyingParty(identity.url, registered["client_id"], CALLBACK, registered.get("client_secret"))


def refused(answer: httpx.Response, error: str = "invalid_token") -> None:
    assert answer.status_code == (401 if error == "invalid_token" else 400), answer.text
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


async def office_of(identity: Identity, bound: BoundService) -> Office:
    database = await asyncpg.connect(identity.database_url)
    person_id = await database.fetchval("SELECT person_id FROM person WHERE login_name = 'admin01'")
    await database.close()
    return Office(bound, str(person_id))
