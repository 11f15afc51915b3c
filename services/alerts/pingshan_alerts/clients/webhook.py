"""Posts to an organisation's own system: only to the address that was checked, never along a redirect."""

import asyncio
import socket
from collections.abc import Mapping

import httpx

from pingshan_alerts.domain.errors import WebhookAddressRefused
from pingshan_alerts.domain.webhook_address import WebhookAddress, refuse_private

TOTAL_SECONDS = 15.0
"""For the whole call. httpx counts each phase, and each piece of an answer, for itself: a dripping one would last."""
_PHASES = httpx.Timeout(10.0, connect=3.0)


class NotTaken(Exception):
    """The receiver did not answer 2xx; `code` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WebhookSender:
    """A connection goes to the address that was resolved and checked, so that a second look-up cannot change it."""

    def __init__(self, total_seconds: float = TOTAL_SECONDS) -> None:
        self._total = total_seconds
        self._client = httpx.AsyncClient(timeout=_PHASES, trust_env=False, follow_redirects=False)

    async def post(self, address: WebhookAddress, headers: Mapping[str, str], body: bytes) -> None:
        """Returns once the receiver has it. Raises NotTaken, also when the time is over, and WebhookAddressRefused."""
        try:
            async with asyncio.timeout(self._total):
                await self._post(address, headers, body)
        except TimeoutError as error:
            raise NotTaken(type(error).__name__) from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, address: WebhookAddress, headers: Mapping[str, str], body: bytes) -> None:
        url = httpx.URL(address.url)
        target = url if address.trusted else url.copy_with(host=await resolve(address))
        try:
            response = await self._client.post(
                target,
                content=body,
                headers={**headers, "content-type": "application/json", "host": url.netloc.decode()},
                extensions={"sni_hostname": address.host},
            )
        except httpx.HTTPError as error:
            raise NotTaken(type(error).__name__) from error
        if not response.is_success:
            raise NotTaken(f"HTTP_{response.status_code}")


async def resolve(address: WebhookAddress) -> str:
    """Returns one checked IP address of the host. Raises WebhookAddressRefused where any of them is not public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise WebhookAddressRefused(host=address.host) from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    refuse_private(address.host, addresses)
    return addresses[0]
