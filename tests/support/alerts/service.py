"""What tests of alerts share: siblings as real gRPC fakes, the carrier simulator, a signed-in officer."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import grpc
import httpx
import uvicorn
from pingshan.e_license.v1 import license_pb2, license_pb2_grpc
from pingshan.identity.v1 import (
    organisation_pb2,
    organisation_pb2_grpc,
    person_pb2,
    person_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from pingshan.wifi_portal.v1 import hotspot_pb2, hotspot_pb2_grpc
from pingshan.workflow.v1 import case_pb2, case_pb2_grpc
from pingshan_alerts.store.seed_files import reference
from pingshan_kit.auth.page_sessions import PageSession, PageSessions
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database
from pingshan_simulators.sms_carrier import CarrierSettings, SmsCarrier
from pingshan_tools import secret_files
from pingshan_values.actor import Actor, ActorKind
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.support.platform import TestPlatform

PEOPLE = UUID("01900000-0000-7000-8000-00000000aaaa")
PUBLIC_NUMBER = "+8613800000001"
ORGANISATIONS = tuple(sorted(reference().audience.organisations))


def number_of(organisation: str, post: str = "duty-officer") -> str:
    """The duty telephone that the fake identity gives."""
    leader = 500 if post == "hall-leader" else 0
    return f"+867550{leader + ORGANISATIONS.index(organisation) + 1:07d}"


@dataclass
class Siblings(
    person_pb2_grpc.PersonServiceServicer,
    organisation_pb2_grpc.OrganisationServiceServicer,
    token_pb2_grpc.TokenServiceServicer,
    license_pb2_grpc.LicenseServiceServicer,
    case_pb2_grpc.CaseServiceServicer,
    hotspot_pb2_grpc.HotspotServiceServicer,
):
    """identity, e-license, workflow and wifi-portal, as far as alerts asks them."""

    numbers: dict[str, str] = field(default_factory=dict)
    """By person id."""
    vacant: set[str] = field(default_factory=set)
    """Organisations with nobody on duty."""
    ended: set[str] = field(default_factory=set)
    """Sessions that are over."""

    async def ListPersonsByPost(self, request: Any, _: Any) -> Any:  # noqa: N802
        if request.organisation in self.vacant:
            return person_pb2.ListPersonsByPostResponse()
        person_id = str(uuid5(PEOPLE, f"{request.organisation}/{request.post}"))
        self.numbers.setdefault(person_id, number_of(request.organisation, request.post))
        person = person_pb2.Person(person_id=person_id, organisation=request.organisation, posts=[request.post])
        return person_pb2.ListPersonsByPostResponse(persons=[person])

    async def ListRepresentatives(self, request: Any, _: Any) -> Any:  # noqa: N802
        person_id = str(uuid5(PEOPLE, request.holder_code))
        self.numbers.setdefault(person_id, PUBLIC_NUMBER)
        return person_pb2.ListRepresentativesResponse(persons=[person_pb2.Person(person_id=person_id)])

    async def GetContacts(self, request: Any, _: Any) -> Any:  # noqa: N802
        found = [
            person_pb2.Contact(person_id=each, mobile_number=self.numbers.get(each, ""), language="zh-Hans")
            for each in request.person_ids
        ]
        return person_pb2.GetContactsResponse(contacts=found)

    async def ListOrganisations(self, request: Any, _: Any) -> Any:  # noqa: N802
        found = [
            organisation_pb2.Organisation(code=code, name_zh=f"{code} 单位", name_en=f"Office {code}", kind="agency")
            for code in ORGANISATIONS
        ]
        return organisation_pb2.ListOrganisationsResponse(organisations=found)

    async def IntrospectToken(self, request: Any, _: Any) -> Any:  # noqa: N802
        return token_pb2.IntrospectTokenResponse(active=request.session_id not in self.ended)

    async def GetLicenseHolder(self, _request: Any, _: Any) -> Any:  # noqa: N802
        return license_pb2.GetLicenseHolderResponse(holder_code="91440310TEXT10001X")

    async def GetCase(self, request: Any, _: Any) -> Any:  # noqa: N802
        found = case_pb2.Case(case_id=request.case_id, applicant_code="91440310TEXT10001X")
        return case_pb2.GetCaseResponse(case=found)

    async def ListHotspots(self, request: Any, _: Any) -> Any:  # noqa: N802
        places = ((114.33, 22.69), (114.35, 22.70))
        found = [
            hotspot_pb2.Hotspot(hotspot_id=f"PS-HS-{i:03d}", street="street_pingshan", longitude=lon, latitude=lat)
            for i, (lon, lat) in enumerate(places, 1)
        ]
        return hotspot_pb2.ListHotspotsResponse(hotspots=found)


_ADDERS: dict[str, tuple[Callable[..., None], ...]] = {
    "rpc_identity": (
        person_pb2_grpc.add_PersonServiceServicer_to_server,
        organisation_pb2_grpc.add_OrganisationServiceServicer_to_server,
        token_pb2_grpc.add_TokenServiceServicer_to_server,
    ),
    "rpc_e_license": (license_pb2_grpc.add_LicenseServiceServicer_to_server,),
    "rpc_workflow": (case_pb2_grpc.add_CaseServiceServicer_to_server,),
    "rpc_wifi_portal": (hotspot_pb2_grpc.add_HotspotServiceServicer_to_server,),
}


@asynccontextmanager
async def siblings_of(fields: dict[str, str]) -> AsyncIterator[Siblings]:
    """The fakes on the ports where the service looks for its siblings."""
    siblings, servers = Siblings(), []
    for name, adders in _ADDERS.items():
        server = grpc.aio.server()
        for add in adders:
            add(siblings, server)
        server.add_insecure_port(fields[name])
        await server.start()
        servers.append(server)
    try:
        yield siblings
    finally:
        for server in servers:
            await server.stop(None)


@dataclass
class Carrier:
    """The real simulator, in this process; `stop` and `start` again to have it away."""

    port: int
    settings: CarrierSettings
    simulator: SmsCarrier | None = None
    _server: uvicorn.Server | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        self.simulator = SmsCarrier(self.settings)
        app = Starlette(routes=[Mount("/carrier", routes=self.simulator.routes)])
        self._server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_level="error", lifespan="off"))
        self._tasks = [asyncio.create_task(self._server.serve()), asyncio.create_task(self.simulator.run())]
        while not self._server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        assert self._server
        assert self.simulator
        self._server.should_exit = True
        await self._tasks[0]
        self._tasks[1].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.simulator.close()

    async def mode(self, mode: str) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"http://localhost:{self.port}/carrier/mode", json={"mode": mode})
            answer.raise_for_status()

    async def messages(self, number: str = "") -> list[dict[str, Any]]:
        """The latest first."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(
                f"http://localhost:{self.port}/carrier/messages", params={"to": number} if number else {}
            )
            found: list[dict[str, Any]] = answer.json()["messages"]
            return found


def carrier_of(platform: TestPlatform, folder: Path) -> Carrier:
    secrets = platform.addresses.secrets
    settings = CarrierSettings(
        folder=folder,
        key=secret_files.read(secrets, "alerts", "sms_carrier_key"),
        receipt_key=secret_files.read(secrets, "alerts", "sms_receipt_key"),
        receipts_url=f"{platform.addresses.url('alerts')}/v1/carrier-receipts",
    )
    return Carrier(platform.addresses.ports.simulators, settings)


@dataclass
class Rows:
    """A look behind the service."""

    url: str

    async def all(self, query: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.url)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def one(self, query: str, *values: Any) -> Any:
        return (await self.all(query, *values))[0][0]


async def cookie_of(database: Database, settings: ServiceSettings, actor: Actor) -> dict[str, str]:
    """A page session for a person, as if signed in: the header that their browser sends."""
    cookie = token_urlsafe(32)
    await PageSessions(settings, database).begin(cookie, PageSession(actor, "id-token"))
    return {"Cookie": f"__Host-pingshan-alerts={cookie}"}


def officer(organisation: str, *roles: str, person: str = "", session: str = "") -> Actor:
    """Somebody of the organisation; a duty officer unless told otherwise."""
    return Actor(
        kind=ActorKind.PERSON,
        person_id=person or str(uuid5(PEOPLE, organisation)),
        name="测试人员",
        realm="staff",
        organisation=organisation,
        roles=frozenset(roles or ("viewer", "duty-officer")),
        acr=1,
        session_id=session or str(uuid4()),
    )


async def until(check: Callable[[], Awaitable[Any]], seconds: float = 10.0) -> Any:
    """The first true answer of `check`; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not (answer := await check()):  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.05)
        return answer


def fresh() -> dict[str, str]:
    """A header for a request that was never made."""
    return {"Idempotency-Key": str(uuid4())}


def ponding(camera: str = "PS-CAM-081", lon: float = 114.36, lat: float = 22.65, **changed: Any) -> dict[str, Any]:
    """A road_ponding detection."""
    payload = {
        "camera_id": camera,
        "kind": "road_ponding",
        "confidence": 0.93,
        "observed_at": "2026-06-01T08:00:00+08:00",
        "position": {"lon": lon, "lat": lat},
    }
    return payload | changed


async def post_escaped(api: httpx.AsyncClient, path: str, payload: Any, headers: dict[str, str]) -> httpx.Response:
    """JSON in ASCII: what UTF-8 cannot hold comes as an escape."""
    headers = headers | {"Content-Type": "application/json"}
    return await api.post(path, content=json.dumps(payload), headers=headers)


def states(deliveries: Iterable[dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(each["organisation"], each["channel"]): each["state"] for each in deliveries}


def key_bytes(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def parsed(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found
