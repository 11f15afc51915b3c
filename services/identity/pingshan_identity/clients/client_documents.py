"""Documents that clients publish and the platform reads: their keys, and the redirect URIs of their sector."""

from typing import Any

import httpx
from pingshan_kit.outgoing import CallFailed, Outgoing, json_of
from pingshan_values.outside_address import NOTHING_TRUSTED, AddressRefused, Trusted, outside_address

PATIENCE = 5.0
"""Seconds that a client's server has for the whole of its answer."""
MOST_BYTES = 65_536


class DocumentUnread(Exception):
    """Reports that there is no document to read; `code` says why, as `CallFailed` does, or ADDRESS_REFUSED, HTTP_<n>,
    NOT_JSON.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ClientDocuments:
    """Reads JSON at addresses that clients chose, and follows no redirect, since its target is not registered."""

    def __init__(self, outgoing: Outgoing, trusted: Trusted, registered: Trusted = NOTHING_TRUSTED) -> None:
        """Takes what operators trust for systems that administrators connected, and for those that registered
        themselves.
        """
        self._outgoing = outgoing
        self._outgoing_to_registered = outgoing.apart()
        self._trusted = trusted
        self._registered = registered

    async def read(self, uri: str, *, third_party: bool) -> Any:
        """Returns the JSON at that address. Raises DocumentUnread."""
        try:
            address = outside_address(uri, self._registered if third_party else self._trusted)
            outgoing = self._outgoing_to_registered if third_party else self._outgoing
            answer = await outgoing.call("GET", address, headers={"accept": "application/json"})
        except AddressRefused as error:
            raise DocumentUnread("ADDRESS_REFUSED") from error
        except CallFailed as failed:
            raise DocumentUnread(failed.code) from failed
        if answer.status_code != httpx.codes.OK:
            raise DocumentUnread(f"HTTP_{answer.status_code}")
        try:
            return json_of(answer)
        except ValueError as error:
            raise DocumentUnread("NOT_JSON") from error
