"""Posts to an organisation's own system, only to the address that was checked, never along a redirect."""

import asyncio
import socket
from collections.abc import Mapping

import httpx

from pingshan_alerts.domain.errors import WebhookAddressRefused
from pingshan_alerts.domain.webhook_address import WebhookAddress, refuse_private

TOTAL_SECONDS = 15.0
"""Seconds for the whole call. httpx limits each phase and each piece of an answer alone, never their sum."""
_PHASES = httpx.Timeout(10.0, connect=3.0)


class NotTaken(Exception):
    """Reports that the receiver did not answer 2xx; `code` is `HTTP_` with its status, or the name of the error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WebhookSender:
    """Posts webhooks to the IP address that was checked, so that a second DNS answer cannot redirect them."""

    def __init__(self, total_seconds: float = TOTAL_SECONDS) -> None:
        self._total = total_seconds
        self._client = httpx.AsyncClient(timeout=_PHASES, trust_env=False, follow_redirects=False)

    async def post(self, address: WebhookAddress, headers: Mapping[str, str], body: bytes) -> None:
        """Posts the body and returns once the receiver has answered 2xx.

        Raises NotTaken on any other answer, a broken connection or after the total time, and WebhookAddressRefused
        where the host does not resolve or resolves to an address that is not public.
        """
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
    """Returns one IP address of the host.

    Raises WebhookAddressRefused where the host does not resolve or any of its addresses is not public.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise WebhookAddressRefused(host=address.host) from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    refuse_private(address.host, addresses)
    return addresses[0]
