"""Renders faces outside the event loop, and keeps the latest."""

from collections import OrderedDict
from datetime import datetime

from pingshan_kit.errors import Unavailable
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.worker import WorkEnded, Worker

from pingshan_e_license.clients.renditions.ofd_package import render_ofd
from pingshan_e_license.clients.renditions.seals import SealSimulator
from pingshan_e_license.clients.renditions.typesetting import render
from pingshan_e_license.domain.renditions.face import Face, Format

_SECONDS = 20.0
"""Processor time of one rendition; a PDF takes 30 ms, an OFD 600 ms, and the first of a process a second more."""
_KEPT_BYTES = 16 * 1024 * 1024
_SECRET = "seal_key"  # noqa: S105 - the name of a file


class Renderer:
    """Renders in a process of its own; renditions of the same face are kept, up to 16 MiB in all."""

    def __init__(self, seals: SealSimulator) -> None:
        self._seals = seals
        self._worker = Worker("typst", "segno", "lxml.etree", "fontTools.subset")
        self._kept: OrderedDict[tuple[Face, Format, datetime], bytes] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "Renderer":
        return cls(SealSimulator(settings.key(_SECRET)))

    @property
    def known_makers(self) -> list[bytes]:
        """Returns the certificates of those whose seals this platform knows."""
        return [self._seals.maker_certificate()]

    async def render(self, face: Face, kind: Format, agency: str, at: datetime) -> bytes:
        """Returns the rendition, the same octets for the same arguments. `agency` is a code, `at` when it was sealed.

        Raises Unavailable where too many renditions wait, or one takes too much time or memory.
        """
        key = (face, kind, at)
        content = self._kept.pop(key, None)
        if content is None:
            content = await self._rendered(face, kind, agency, at)
        self._kept[key] = content
        while sum(map(len, self._kept.values())) > _KEPT_BYTES:
            self._kept.popitem(last=False)
        return content

    async def close(self) -> None:
        await self._worker.close()

    async def _rendered(self, face: Face, kind: Format, agency: str, at: datetime) -> bytes:
        try:
            if kind is Format.OFD:
                return await self._worker.run(render_ofd, face, at, agency, self._seals, seconds=_SECONDS)
            return await self._worker.run(render, face, kind, at, seconds=_SECONDS)
        except WorkEnded as error:
            raise Unavailable(part="renditions") from error
