"""REST routes below /v1, which do the same as the RPCs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pingshan_kit.auth import bearer
from pingshan_kit.http import PageSize, PageToken
from pingshan_values.actor import Actor
from pydantic import BaseModel, Field

from pingshan_wifi_portal.domain.hotspot import Hotspot
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.network.get_hotspot import get_hotspot
from pingshan_wifi_portal.usecases.network.list_hotspots import list_hotspots
from pingshan_wifi_portal.usecases.sessions.get_session import get_session

Caller = Annotated[Actor, Depends(bearer())]


class HotspotDocument(BaseModel):
    hotspot_id: str = Field(examples=["PS-HS-057"])
    name: str
    street: str = Field(description="organisation code of the street")
    longitude: float = Field(description="WGS-84 degrees")
    latitude: float
    uplink_mbps: int = Field(description="guaranteed share of the district uplink")
    access_point_count: int
    session_count: int = Field(description="sessions open now")
    controller_id: str


class HotspotList(BaseModel):
    hotspots: list[HotspotDocument]
    next_page_token: str = Field(description="empty at the end")


class SessionDocument(BaseModel):
    session_id: UUID
    hotspot_id: str
    start_time: datetime | None
    end_time: datetime | None = Field(description="absent while the session is open")
    input_octets: int = Field(description="from the device")
    output_octets: int = Field(description="to the device")
    rate_kbps: int
    slowed: bool


def router(deps: Dependencies) -> APIRouter:
    routes = APIRouter()

    @routes.get("/hotspots", operation_id="ListHotspots")
    async def hotspots(
        caller: Caller,
        controller_id: Annotated[str, Query(max_length=32)] = "",
        page_size: PageSize = 0,
        page_token: PageToken = "",
    ) -> HotspotList:
        page = await list_hotspots(
            deps, caller, controller_id=controller_id, page_size=page_size, page_token=page_token
        )
        return HotspotList(
            hotspots=[_document(hotspot) for hotspot in page.items], next_page_token=page.next_page_token
        )

    @routes.get("/hotspots/{hotspot_id}", operation_id="GetHotspot")
    async def hotspot(caller: Caller, hotspot_id: str) -> HotspotDocument:
        return _document(await get_hotspot(deps, caller, hotspot_id=hotspot_id))

    @routes.get("/sessions/{session_id}", operation_id="GetSession")
    async def session(caller: Caller, session_id: UUID) -> SessionDocument:
        found = await get_session(deps, caller, session_id=session_id)
        return SessionDocument(
            session_id=found.session_id,
            hotspot_id=found.hotspot_id,
            start_time=found.started_at,
            end_time=found.ended_at,
            input_octets=found.input_octets,
            output_octets=found.output_octets,
            rate_kbps=found.rate_kbps,
            slowed=found.slowed,
        )

    return routes


def _document(hotspot: Hotspot) -> HotspotDocument:
    return HotspotDocument(**{name: getattr(hotspot, name) for name in HotspotDocument.model_fields})
