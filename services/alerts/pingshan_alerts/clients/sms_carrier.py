"""The SMS carrier. It does not deduplicate, so what it may have taken must be told from what it has not."""

import asyncio

import httpx
from pingshan_kit.errors import Unavailable

from pingshan_alerts.domain.notification import Outgoing

TOTAL_SECONDS = 15.0
"""For the whole call. httpx counts each phase, and each piece of an answer, for itself: a dripping one would last."""
_PHASES = httpx.Timeout(10.0, connect=2.0, pool=2.0)
"""A connection is waited for, made and secured long before the total is over: what that cuts is on its way."""


class RefusedByCarrier(Exception):
    """It will never take this message; `code` is the carrier's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Unavailable):
    """The connection broke or the time was over when the message was on its way: the carrier may have taken it."""


class SmsCarrier:
    """One account at the carrier."""

    def __init__(self, address: str, key: str, total_seconds: float = TOTAL_SECONDS) -> None:
        self._total = total_seconds
        headers = {"authorization": f"Bearer {key}"}
        self._client = httpx.AsyncClient(base_url=address, headers=headers, timeout=_PHASES, trust_env=False)

    async def send(self, outgoing: Outgoing, signature: str) -> None:
        """Returns once the carrier has it.

        Raises RefusedByCarrier, NoAnswer, and Unavailable where it certainly does not have it.
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
