"""Switching a client off, and checking where the platform is to call it, for several use cases."""

import asyncio
from collections.abc import Mapping
from typing import Any

from pingshan_kit import clock, jobs
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from pingshan_values.errors import Violation
from pingshan_values.outside_address import AddressRefused
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.clients.client_documents import DocumentUnread
from pingshan_identity.domain.clients.registration import Registration, check_sector
from pingshan_identity.domain.oauth.grant import GrantEndReason
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.store.clients import clients, connection_tests
from pingshan_identity.store.oauth import grants
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.job_kinds import TRY_SIGN_OUT, SystemToTry
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


async def refused_addresses(deps: Dependencies, details: Mapping[str, Any]) -> list[Violation]:
    """Returns those addresses of a change that the platform must not call, each with the sentence for its field."""
    found = []
    for name, (zh, en) in _PROPOSED.items():
        uri = details.get(name)
        if not isinstance(uri, str):
            continue
        try:
            await deps.relying_parties.check(uri, third_party=False)
        except AddressRefused:
            found.append(Violation(name, zh, en))
    return found


async def unresolved_hosts(deps: Dependencies, details: Mapping[str, Any]) -> list[str]:
    """Returns the hosts of a change that the platform is to call and that do not resolve now, each once.

    A system may be proposed before its name is there; who decides is told, since until then nothing reaches it.
    """
    uris = [uri for name in _PROPOSED if isinstance(uri := details.get(name), str)]
    hosts = await asyncio.gather(*(deps.relying_parties.unresolved_host(uri, third_party=False) for uri in uris))
    return list(dict.fromkeys(host for host in hosts if host is not None))


async def try_changed_address(tx: AsyncConnection, client_id: str, *, before: str | None, after: str | None) -> None:
    """Has the logout endpoint of a client tried again where an open test of it goes on after its address has changed.

    `before`, `after`: the address; None for none.
    """
    if after is None or after == before:
        return
    test_id = await connection_tests.open_one(tx, client_id, clock.now())
    if test_id is not None:
        await jobs.enqueue(tx, TRY_SIGN_OUT, str(uuid7()), SystemToTry(client_id=client_id, test_id=test_id))
