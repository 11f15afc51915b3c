"""Switching a client off, and checking where the platform is to call it, for several use cases."""

from collections.abc import Mapping
from typing import Any

from pingshan_kit import clock
from pingshan_values.actor import Actor
from pingshan_values.errors import Violation
from pingshan_values.outside_address import AddressRefused
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.client_documents import DocumentUnread
from pingshan_identity.domain.clients.registration import Registration, check_sector
from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.clients import clients
from pingshan_identity.store.oauth import grants
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.shared import end_grant


async def switch_off(tx: AsyncConnection, actor: Actor, *, client_id: str) -> bool:
    """Switches the client off and ends its grants, in the caller's transaction. Returns False where it was off before.

    The caller records the reason.
    """
    if not await clients.disable(tx, client_id, clock.now()):
        return False
    for grant in await grants.live_of_client(tx, client_id):
        await end_grant(tx, actor, grant, GrantEndReason.REVOKED)
    return True


_PROPOSED = {
    "backchannel_logout_uri": (
        "退出通知地址须为公网 https 地址，或在运维人员设定的可信地址之内",
        "The logout address must be public and https, or among those that operators trust",
    ),
    "jwks_uri": (
        "公钥地址须为公网 https 地址，或在运维人员设定的可信地址之内",
        "The address of the keys must be public and https, or among those that operators trust",
    ),
}
"""Addresses in a proposal that the platform will call, with the sentence for one that it must not."""


async def check_called_addresses(deps: Dependencies, registration: Registration, *, third_party: bool) -> None:
    """Refuses addresses that the platform must not call on behalf of the client, and redirect URIs that its sector does
    not list.

    Names are resolved and the sector's document is fetched, which takes as long as the client's own server likes: never
    within a transaction.

    Raises:
        OAuthError: `invalid_client_metadata`.
    """
    for name, uri in registration.called_addresses.items():
        try:
            await deps.relying_parties.check(uri, third_party=third_party)
        except AddressRefused as error:
            raise OAuthError("invalid_client_metadata", f"{name} must be a public https address") from error
    if registration.sector_identifier_uri is None:
        return
    try:
        document = await deps.client_documents.read(registration.sector_identifier_uri, third_party=third_party)
    except DocumentUnread as unread:
        raise OAuthError("invalid_client_metadata", f"sector_identifier_uri cannot be read: {unread.code}") from unread
    check_sector(document, registration.redirect_uris)


async def check_proposed_addresses(deps: Dependencies, details: Mapping[str, Any]) -> None:
    """Refuses a change of a client with an address that the platform must not call. Raises RequestInvalid."""
    for name, (zh, en) in _PROPOSED.items():
        uri = details.get(name)
        if not isinstance(uri, str):
            continue
        try:
            await deps.relying_parties.check(uri, third_party=False)
        except AddressRefused as error:
            raise RequestInvalid([Violation(name, zh, en)]) from error
