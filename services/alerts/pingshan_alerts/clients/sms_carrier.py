"""Calls of the SMS carrier. It does not deduplicate, so errors say whether it may have taken the message."""

import re

import httpx
from pingshan_kit.errors import Unavailable
from pingshan_kit.outgoing import CallFailed, json_of
from pingshan_kit.outgoing import Outgoing as OutgoingCalls

from pingshan_alerts.domain.notification import Outgoing

TOTAL_SECONDS = 15.0
"""Seconds for the whole call. Connecting ends long before: what the total cuts off may have reached the carrier."""
_CODE = re.compile(r"(?!.*[0-9]{7})[A-Za-z0-9_.:-]{1,64}", re.ASCII)
"""A code of a carrier: no sentence, and no telephone number in it."""


class RefusedByCarrier(Exception):
    """Reports that the carrier will never take this message; `code` is the carrier's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Unavailable):
    """Reports that the connection broke or time ran out after sending began: the carrier may have taken the message."""


class SmsCarrier:
    """Sends SMS through one account at the carrier."""

    def __init__(self, address: str, key: str, outgoing: OutgoingCalls) -> None:
        self._address = f"{address}/messages"
        self._headers = {"authorization": f"Bearer {key}"}
        self._outgoing = outgoing

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
            response = await self._outgoing.call("POST", self._address, headers=self._headers, json=message)
        except CallFailed as failed:
            raise (NoAnswer if failed.sent else Unavailable)(part="sms-carrier") from failed
        if response.status_code in (401, 403) or response.is_server_error:
            raise Unavailable(part="sms-carrier")
        if not response.is_success:
            raise RefusedByCarrier(_code(response))


def _code(response: httpx.Response) -> str:
    try:
        code = str(json_of(response)["code"])
    except (ValueError, KeyError, TypeError):
        code = ""
    return code if _CODE.fullmatch(code) else f"HTTP_{response.status_code}"
