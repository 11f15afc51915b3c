"""Posts to an organisation's own system, only to the address that was checked, never along a redirect."""

from collections.abc import Mapping

from pingshan_kit.outgoing import CallFailed, Outgoing
from pingshan_values.outside_address import OutsideAddress

TOTAL_SECONDS = 15.0
"""Seconds for the whole call."""


class NotTaken(Exception):
    """Reports that the receiver did not answer 2xx; `code` is `HTTP_` with its status, or why there is no answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WebhookSender:
    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def check(self, address: OutsideAddress) -> None:
        """Raises AddressRefused where the host does not resolve or resolves to an address that is not public."""
        if not address.trusted:
            await self._outgoing.find(address)

    async def post(self, address: OutsideAddress, headers: Mapping[str, str], body: bytes) -> None:
        """Posts the body and returns once the receiver has answered 2xx.

        Raises NotTaken on any other answer, a broken connection or after the total time, and AddressRefused where the
        host does not resolve or resolves to an address that is not public.
        """
        headers = {**headers, "content-type": "application/json"}
        try:
            answer = await self._outgoing.call("POST", address, headers=headers, content=body)
        except CallFailed as failed:
            raise NotTaken(failed.code) from failed
        if not answer.is_success:
            raise NotTaken(f"HTTP_{answer.status_code}")
