"""The SMS carrier. It does not deduplicate, so what it may have taken must be told from what it has not."""

import httpx
from pingshan_kit.errors import Unavailable

from pingshan_alerts.domain.notification import Outgoing

_TIMEOUT = httpx.Timeout(10.0, connect=2.0)


class RefusedByCarrier(Exception):
    """It will never take this message; `code` is the carrier's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Unavailable):
    """The connection broke after the message was on its way: the carrier may have taken it."""


class SmsCarrier:
    """One account at the carrier."""

    def __init__(self, address: str, key: str) -> None:
        headers = {"authorization": f"Bearer {key}"}
        self._client = httpx.AsyncClient(base_url=address, headers=headers, timeout=_TIMEOUT, trust_env=False)

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
            response = await self._client.post("messages", json=message)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unavailable(part="sms-carrier") from error
        except httpx.HTTPError as error:
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
