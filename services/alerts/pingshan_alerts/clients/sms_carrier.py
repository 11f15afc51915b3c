"""Calls of the SMS carrier. It does not deduplicate, so errors say whether it may have taken the message."""

import asyncio

import httpx
from pingshan_kit.errors import Unavailable

from pingshan_alerts.domain.notification import Outgoing

TOTAL_SECONDS = 15.0
"""Seconds for the whole call. httpx limits each phase and each piece of an answer alone, never their sum."""
_PHASES = httpx.Timeout(10.0, connect=2.0, pool=2.0)
"""Connecting ends long before the total does: what the total cuts off may have reached the carrier."""


class RefusedByCarrier(Exception):
    """Reports that the carrier will never take this message; `code` is the carrier's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Unavailable):
    """Reports that the connection broke or time ran out after sending began: the carrier may have taken the message."""


class SmsCarrier:
    """Sends SMS through one account at the carrier."""

    def __init__(self, address: str, key: str, total_seconds: float = TOTAL_SECONDS) -> None:
        self._total = total_seconds
        headers = {"authorization": f"Bearer {key}"}
        self._client = httpx.AsyncClient(base_url=address, headers=headers, timeout=_PHASES, trust_env=False)

    async def send(self, outgoing: Outgoing, signature: str) -> None:
        """Sends one SMS and returns once the carrier has accepted it.

        Raises RefusedByCarrier where the carrier rejects it, NoAnswer where it may have taken it, and Unavailable where
        it certainly has not.
        """
        message = {
            "reference": str(outgoing.notification_id),
            "to": outgoing.mobile_number,
            "signature": signature,
            "template_id": outgoing.template_id,
            "language": outgoing.language,
            "variables": dict(outgoing.variables),
        }
        try:
            async with asyncio.timeout(self._total):
                response = await self._client.post("messages", json=message)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unavailable(part="sms-carrier") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise NoAnswer(part="sms-carrier") from error
        if response.status_code in (401, 403) or response.is_server_error:
            raise Unavailable(part="sms-carrier")
        if not response.is_success:
            raise RefusedByCarrier(_code(response))

    async def close(self) -> None:
        await self._client.aclose()


def _code(response: httpx.Response) -> str:
    try:
        return str(response.json()["code"])[:64]
    except (ValueError, KeyError, TypeError):
        return f"HTTP_{response.status_code}"
