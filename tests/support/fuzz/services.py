"""All five services on real servers, and a caller who may do everything at each of them."""

import asyncio
import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from secrets import token_urlsafe
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from pingshan_events.edges import OPEN_RPCS, RPC_CALLERS
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions import cookie_value
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.entrypoints.sessions.own_sessions import COOKIES
from pingshan_identity.store.sessions import sessions
from pingshan_kit import clock
from pingshan_kit.auth.page_sessions import PageSession, PageSessions
from pingshan_kit.crypto import PersonalData
from pingshan_kit.process.service import Service
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.trust.service_tokens import HEADER, ServiceTokens
from pingshan_tools.addresses import package_name
from pingshan_values.actor import Actor, ActorKind

from tests.support.e_license.orders import COMPANY_CODE as HOLDER
from tests.support.fuzz.routes import Walked, routes_of
from tests.support.identity.own_clients import add_client
from tests.support.identity.parties import Attempt, answer_of
from tests.support.platform import BoundService, TestPlatform
from tests.support.servers import Running
from tests.support.tokens import TokenIssuer
from tests.support.workflow.browser import Browser
from tests.support.workflow.cases import COMPANY

SEED = "fuzz"
SERVICES = ("alerts", "e-license", "identity", "wifi-portal", "workflow")
_ROLES = ("viewer", "duty-officer", "operator", "detector", "officer", "clerk", "issuer", "verifier")
_WITH_WORKER = ("http", "grpc", "events", "jobs", "relay", "worker")
_ALL_POWERS = """
INSERT INTO post_role SELECT 'officer', 'identity', role
FROM (SELECT DISTINCT role FROM post_role WHERE audience = 'identity') AS known ON CONFLICT DO NOTHING
"""


@dataclass
class Attacked:
    """A running service, with what its callers hold."""

    service: str
    bound: BoundService
    settings: ServiceSettings
    built: Service
    """Not running: for its route table and its tables."""
    running: Running
    administrator_url: str
    issuer: TokenIssuer
    people: dict[Realm, str]
    """Who is signed in, by realm."""
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    connection: asyncpg.Connection | None = None
    identity: "Attacked | None" = None
    """Where its sessions are; empty for identity itself."""
    own_token: str = ""
    session_ids: dict[Realm, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.bound.fields["http_port"])

    @property
    def host(self) -> str:
        return self.bound.fields["public_url"].partition("://")[2]

    @property
    def url(self) -> str:
        return self.bound.fields["public_url"]

    def routes(self) -> list[Walked]:
        assert self.built.http is not None
        return routes_of(self.service, self.built.http)

    async def cookies(self, realm: Realm = Realm.STAFF) -> bytes:
        """Of a browser that has a live session of its own and has seen a form."""
        cookie = await self._session_of(realm)
        return f"{cookie}; __Host-pingshan-{self.service}-csrf={SEED}".encode()

    async def browser(self, person_id: str = "", realm: Realm = Realm.STAFF, acr: int = 2) -> Browser:
        """A browser with a live session of its own; `person_id`: whose; `acr`: at which level, at identity."""
        browser = await self.stranger()
        name, _, value = (await self._session_of(realm, person_id, acr)).partition("=")
        browser.cookies[name] = value
        return browser

    async def stranger(self) -> Browser:
        client = httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False)
        self.clients.append(client)
        return Browser(client)

    def csrf_token(self) -> str:
        return hmac.new(self.settings.key("csrf_key"), SEED.encode(), sha256).hexdigest()

    async def _session_of(self, realm: Realm, person_id: str = "", acr: int = 2) -> str:
        if self.service == "identity":
            return await self._identity_session(realm, person_id or self.people[realm], acr)
        session = PageSession(person(person_id or self.people[realm], realm, await self._session_id(realm)), "id-token")
        cookie = token_urlsafe(32)
        await PageSessions(self.settings, self.built.database).begin(cookie, session)
        return f"__Host-pingshan-{self.service}={cookie}"

    async def bearer(self) -> str:
        """An access token that opens everything at the REST API."""
        session_id = await self._session_id(Realm.STAFF)
        return self.own_token or self.issuer.mint(
            self.service, *_ROLES, org="amr", act_for=[COMPANY], acr=3, sid=session_id
        )

    async def _session_id(self, realm: Realm) -> str:
        """Id of a live session at identity, which the service asks where it has not heard from it."""
        if realm not in self.session_ids:
            identity = self.identity or self
            _, self.session_ids[realm] = await identity.new_session(realm, identity.people[realm], 2)
        return self.session_ids[realm]

    async def _identity_session(self, realm: Realm, person_id: str, acr: int) -> str:
        cookie, _ = await self.new_session(realm, person_id, acr)
        return f"{COOKIES[realm]}={cookie}"

    async def new_session(self, realm: Realm, person_id: str, acr: int) -> tuple[str, str]:
        """A new session at identity: its cookie's value and its id."""
        cookie, session_id, now = cookie_value.new_value(), str(uuid4()), clock.now()
        factors = ("pwd", "otp") if acr > 1 else ("pwd",)
        session = Session(
            *(session_id, realm, person_id, acr, factors, now, now, now),
            *("test", "127.0.0.1", 1, None),
        )
        async with self.built.database.begin() as tx:
            personal = PersonalData.from_settings(self.settings)
            await sessions.add(tx, personal, session, cookie_value.hash_of(cookie))
        return cookie, session_id

    async def grpc_callers(self, method: str, services: "dict[str, Attacked]") -> list[list[tuple[str, str]]]:
        """Returns the metadata of callers: a sibling that may call, a person where the method is open, else nobody."""
        callers: list[list[tuple[str, str]]] = []
        for sibling in sorted(RPC_CALLERS.get(method, frozenset()))[:1]:
            token = ServiceTokens(services[sibling].settings).sign(self.service, person(self.people[Realm.STAFF]))
            callers.append([(HEADER, token)])
        if method in OPEN_RPCS:
            callers.append([("authorization", f"Bearer {await self.bearer()}")])
        return callers or [[]]

    async def rows(self, query: str) -> list[Any]:
        """Behind the service's back, as superuser."""
        if self.connection is None:
            self.connection = await asyncpg.connect(self.administrator_url)
        return list(await self.connection.fetch(query))

    def failures(self) -> list[str]:
        """What it logged as an error, or printed past its log; jobs fail where the other side is not there."""
        lines = self.running.log_file.read_text("utf-8", "replace").splitlines()
        wrong = (line for line in lines if '"level": "error"' in line or not line.startswith("{"))
        return [line[:2_000] for line in wrong if '"event": "job.' not in line]

    def is_alive(self) -> bool:
        return self.running.process is not None and self.running.process.is_running()

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()
        if self.connection is not None:
            await self.connection.close()
        for close in (*self.built.close, self.built.database.close):
            await close()


def person(person_id: str, realm: Realm = Realm.STAFF, session_id: str = "") -> Actor:
    if realm is Realm.PUBLIC:
        return Actor(
            kind=ActorKind.PERSON,
            person_id=person_id,
            name="王小满",
            realm="public",
            acr=1,
            session_id=session_id or str(uuid4()),
            act_for=(COMPANY, HOLDER),
        )
    return Actor(
        kind=ActorKind.PERSON,
        person_id=person_id,
        name="测试人员",
        realm="staff",
        organisation="amr",
        posts=("officer", "duty-officer"),
        roles=frozenset(_ROLES),
        acr=3,
        session_id=session_id or str(uuid4()),
        act_for=(COMPANY,),
    )


def start_all(platform: TestPlatform, issuer: TokenIssuer, parts: tuple[str, ...] = ()) -> dict[str, Attacked]:
    """Starts them, seeded, each with its own process; identity is its own issuer. `parts`: as `serve --only` has them;
    none: all. Workflow has its worker in each case.
    """
    bound = {service: platform.service(service, seeded=True) for service in SERVICES}
    bound["identity"].fields["issuer"] = bound["identity"].fields["public_url"]
    attacked: dict[str, Attacked] = {}
    for service in SERVICES:
        package = package_name(service)
        settings = bound[service].settings(import_module(f"{package}.settings").Settings)
        own = (*parts, "worker") if parts else _WITH_WORKER
        running = platform.start(service, *(own if service == "workflow" else parts))
        attacked[service] = Attacked(
            service=service,
            bound=bound[service],
            settings=settings,
            built=import_module(f"{package}.service").build(settings),
            running=running,
            administrator_url=platform.database_admin_url(service).replace("+asyncpg", ""),
            issuer=issuer,
            people={Realm.STAFF: str(UUID(int=7)), Realm.PUBLIC: str(UUID(int=8))},
        )
    for service in SERVICES:
        attacked[service].identity = attacked["identity"] if service != "identity" else None
    return attacked


async def know_people(identity: Attacked) -> None:
    """Notes who of the seed is signed in where a test names nobody."""
    [[staff]] = await identity.rows("SELECT person_id FROM person WHERE login_name = 'water01'")
    [[citizen]] = await identity.rows("SELECT person_id FROM person WHERE realm = 'public' ORDER BY created_at LIMIT 1")
    identity.people = {Realm.STAFF: str(staff), Realm.PUBLIC: str(citizen)}


async def give_all_powers(identity: Attacked) -> None:
    """Lets one person open every page of identity, which holds these powers apart."""
    await identity.rows(_ALL_POWERS)
    await know_people(identity)


async def identity_token(identity: Attacked) -> str:
    """Returns an access token for identity's own API, got as a client gets it."""
    party = await add_client(identity.bound, "fuzzed", audiences=["identity"])
    attempt, url = Attempt(), identity.bound.fields["public_url"]
    headers = {"Cookie": (await identity.cookies()).decode()}
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.get(party.authorize_path(attempt, scope="openid"), headers=headers)
    code = answer_of(answer)["code"]
    tokens = await asyncio.to_thread(party.redeem, code, attempt)
    return str(tokens.json()["access_token"])
