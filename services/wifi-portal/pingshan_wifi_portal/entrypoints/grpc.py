"""Servicers of HotspotService and SessionService."""

from typing import Any
from uuid import UUID

import grpc
from pingshan.wifi_portal.v1 import hotspot_pb2, hotspot_pb2_grpc, session_pb2, session_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.errors import InvalidRequest

from pingshan_wifi_portal.domain.hotspot import Hotspot
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.network.get_hotspot import get_hotspot
from pingshan_wifi_portal.usecases.network.list_hotspots import list_hotspots
from pingshan_wifi_portal.usecases.sessions.get_session import get_session

_Context = grpc.aio.ServicerContext[Any, Any]
_FIELDS = tuple(hotspot_pb2.Hotspot.DESCRIPTOR.fields_by_name)


class Hotspots(hotspot_pb2_grpc.HotspotServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def GetHotspot(  # noqa: N802
        self, request: hotspot_pb2.GetHotspotRequest, _context: _Context
    ) -> hotspot_pb2.GetHotspotResponse:
        hotspot = await get_hotspot(self._deps, rpc.actor(), hotspot_id=request.hotspot_id)
        return hotspot_pb2.GetHotspotResponse(hotspot=_message(hotspot))

    async def ListHotspots(  # noqa: N802
        self, request: hotspot_pb2.ListHotspotsRequest, _context: _Context
    ) -> hotspot_pb2.ListHotspotsResponse:
        page = await list_hotspots(
            self._deps,
            rpc.actor(),
            controller_id=request.controller_id,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        hotspots = [_message(hotspot) for hotspot in page.items]
        return hotspot_pb2.ListHotspotsResponse(hotspots=hotspots, next_page_token=page.next_page_token)


class Sessions(session_pb2_grpc.SessionServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def GetSession(  # noqa: N802
        self, request: session_pb2.GetSessionRequest, _context: _Context
    ) -> session_pb2.GetSessionResponse:
        try:
            session_id = UUID(request.session_id)
        except ValueError as error:
            raise InvalidRequest([("session_id", "应为 UUID", "This must be a UUID")]) from error
        found = await get_session(self._deps, rpc.actor(), session_id=session_id)
        session = session_pb2.Session(
            session_id=str(found.session_id),
            hotspot_id=found.hotspot_id,
            input_octets=found.input_octets,
            output_octets=found.output_octets,
            rate_kbps=found.rate_kbps,
            slowed=found.slowed,
        )
        if found.started_at:
            session.start_time.FromDatetime(found.started_at)
        if found.ended_at:
            session.end_time.FromDatetime(found.ended_at)
        return session_pb2.GetSessionResponse(session=session)


def _message(hotspot: Hotspot) -> hotspot_pb2.Hotspot:
    return hotspot_pb2.Hotspot(**{name: getattr(hotspot, name) for name in _FIELDS})
