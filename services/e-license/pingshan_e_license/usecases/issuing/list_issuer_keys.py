"""Lists the public keys that verify credentials, and their history."""

from collections.abc import Mapping
from typing import Any

from pingshan_values.actor import Actor

from pingshan_e_license.clients.signer import published
from pingshan_e_license.domain.access import check_may_manage_keys
from pingshan_e_license.domain.issuing.issuer_key import IssuerKey
from pingshan_e_license.store.issuing import issuer_keys
from pingshan_e_license.usecases.dependencies import Dependencies


async def list_issuer_keys(deps: Dependencies) -> dict[str, Any]:
    """Returns a JWK Set (RFC 7517) with every key that licences were, are or will be signed with.

    Left out are revoked ones: whoever verifies by this set alone cannot tell what was signed before the date.
    """
    keys = await deps.keys.every()
    return {"keys": [published(each) for each in keys.values() if each.revoked_at is None]}


async def list_historical_keys(deps: Dependencies) -> dict[str, Any]:
    """Returns all keys with their times, revoked ones too, named as historical keys of OpenID Federation 1.0 are."""
    keys = await deps.keys.every()
    return {"keys": [{**published(each), **_times(each)} for each in keys.values()]}


async def list_keys_to_manage(deps: Dependencies, actor: Actor) -> list[IssuerKey]:
    """Returns all keys as they are now, by agency and beginning. Raises NotAllowed."""
    check_may_manage_keys(actor)
    async with deps.database.read() as tx:
        return await issuer_keys.every(tx, deps.personal)


def _times(key: IssuerKey) -> Mapping[str, Any]:
    times: dict[str, Any] = {
        "agency": key.agency,
        "nbf": int(key.not_before.timestamp()),
        "exp": int(key.not_after.timestamp()),
    }
    if key.revoked_at is not None:
        times["revoked"] = {"revoked_at": int(key.revoked_at.timestamp()), "reason": key.revocation_reason}
    return times
