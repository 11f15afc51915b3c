"""The client that posts logout tokens to relying parties (OpenID Connect Back-Channel Logout 1.0 section 2.5)."""

from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
from pingshan_kit.outgoing import CallFailed, Outgoing
from pingshan_values.outside_address import (
    NOTHING_TRUSTED,
    AddressRefused,
    AddressUnknown,
    OutsideAddress,
    Trusted,
    outside_address,
)

PATIENCE = 5.0
"""Seconds that a relying party has for its answer."""


class NotConfirmed(Exception):
    """States that the relying party did not confirm; `code` says why, for the board."""

    def __init__(self, code: str, their_time: datetime | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.their_time = their_time
        """Time of the relying party's clock; None where it did not answer with one."""


class RelyingParties:
    """Posts to registered addresses and follows no redirect, since its target is not registered."""

    def __init__(self, outgoing: Outgoing, trusted: Trusted, registered: Trusted = NOTHING_TRUSTED) -> None:
        """Takes what operators trust for systems that administrators connected, and for those that registered
        themselves.
        """
        self._outgoing = outgoing
        self._outgoing_to_registered = outgoing.apart()
        self._trusted = trusted
        self._registered = registered

    async def check(self, uri: str, *, third_party: bool) -> None:
        """Raises AddressRefused where the URI leads to an address that `tell` would not call.

        A host that does not resolve yet is no reason: there is nothing to call, and each call asks again.
        """
        address = self._address(uri, third_party=third_party)
        with suppress(AddressUnknown):
            if not address.trusted:
                await self._to(third_party=third_party).find(address)

    async def unresolved_host(self, uri: str, *, third_party: bool) -> str | None:
        """Returns the host of the URI where it does not resolve now; None where it does, or may not be called."""
        try:
            await self._outgoing.find(self._address(uri, third_party=third_party))
        except AddressUnknown as error:
            return str(error.params["host"])
        except AddressRefused:
            return None
        return None

    async def tell(self, uri: str, logout_token: str, *, third_party: bool) -> datetime | None:
        """Posts the token; returns the time of the relying party's clock, None where it names none.

        Raises NotConfirmed.
        """
        try:
            address = self._address(uri, third_party=third_party)
            outgoing = self._to(third_party=third_party)
            answer = await outgoing.call("POST", address, data={"logout_token": logout_token})
        except AddressUnknown as error:
            raise NotConfirmed("UNRESOLVED") from error
        except AddressRefused as error:
            raise NotConfirmed("ADDRESS_REFUSED") from error
        except CallFailed as failed:
            raise NotConfirmed(failed.code) from failed
        if answer.status_code not in {httpx.codes.OK, httpx.codes.NO_CONTENT}:
            raise NotConfirmed(f"HTTP_{answer.status_code}", their_time(answer))
        return their_time(answer)

    def _to(self, *, third_party: bool) -> Outgoing:
        return self._outgoing_to_registered if third_party else self._outgoing

    def _address(self, uri: str, *, third_party: bool) -> OutsideAddress:
        return outside_address(uri, self._registered if third_party else self._trusted)


def their_time(answer: httpx.Response) -> datetime | None:
    """Returns the `Date` of the answer (RFC 9110 section 6.6.1); None where it has none, or a wrong one."""
    try:
        moment = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, OverflowError):  # years and offsets beyond what a C integer holds
        return None
    return moment if moment.tzinfo is not None else None
