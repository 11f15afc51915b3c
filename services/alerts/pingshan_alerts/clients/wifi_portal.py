"""Calls of wifi-portal."""

from pingshan.wifi_portal.v1 import hotspot_pb2, hotspot_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.settings import ServiceSettings
from pingshan_values.position import Position

from pingshan_alerts.domain.stopped_controller import Hotspot

_PAGE = 500


class WifiPortal:
    """Calls wifi-portal; raises Unavailable where wifi-portal cannot be reached, RemoteError where it refuses."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._channel = rpc.channel(settings, "wifi-portal")
        self._hotspots = hotspot_pb2_grpc.HotspotServiceStub(self._channel)

    async def hotspots_of(self, controller_id: str) -> list[Hotspot]:
        request = hotspot_pb2.ListHotspotsRequest(controller_id=controller_id, page_size=_PAGE)
        return [
            Hotspot(each.name, each.street, Position(each.longitude, each.latitude))
            async for page in rpc.every_page(self._hotspots.ListHotspots, request)
            for each in page.hotspots
        ]

    async def close(self) -> None:
        await self._channel.close(None)
