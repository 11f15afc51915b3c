"""Switching a client off, and checking where it wants to be told of sign-outs, for several use cases."""

from collections.abc import Mapping
from typing import Any

from pingshan_kit import clock
from pingshan_values.actor import Actor
from pingshan_values.errors import Violation
from pingshan_values.outside_address import AddressRefused
from sqlalchemy.ext.asyncio import AsyncConnection

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


async def check_logout_uri(deps: Dependencies, uri: object, *, third_party: bool) -> None:
    """Refuses an address that the platform must not call on behalf of the client; does nothing where there is none.

    Names are resolved, which takes as long as the client's own server likes: never within a transaction.

    Raises:
        OAuthError: `invalid_client_metadata`.
    """
    if not isinstance(uri, str):
        return
    try:
        await deps.relying_parties.check(uri, third_party=third_party)
    except AddressRefused as error:
        raise OAuthError("invalid_client_metadata", "backchannel_logout_uri must be a public https address") from error


async def check_proposed_logout_uri(deps: Dependencies, details: Mapping[str, Any]) -> None:
    """Refuses a change of a client whose sign-out address the platform must not call. Raises RequestInvalid."""
    try:
        await check_logout_uri(deps, details.get("backchannel_logout_uri"), third_party=False)
    except OAuthError as error:
        zh = "退出通知地址须为公网 https 地址，或在运维人员设定的可信地址之内"
        en = "The logout address must be public and https, or among those that operators trust"
        raise RequestInvalid([Violation("backchannel_logout_uri", zh, en)]) from error
