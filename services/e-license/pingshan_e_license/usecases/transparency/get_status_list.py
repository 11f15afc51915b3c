"""Reads a status list as a signed token."""

from pingshan_e_license.domain.errors import StatusListNotFound
from pingshan_e_license.domain.transparency.status_token import ListVersion, token_claims
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.transparency import status_lists
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.signing_keys import signing_key

_LARGEST = 2**31 - 1


async def get_status_list(deps: Dependencies, *, type_code: str, number: int) -> tuple[ListVersion, str]:
    """Returns the state of the list and its token (draft-ietf-oauth-status-list-21), signed once for each state.

    Which state is the newest is asked of PostgreSQL each time, so that every replica shows a change as soon as it is
    committed. Raises StatusListNotFound.
    """
    if not 0 < number <= _LARGEST:
        raise StatusListNotFound
    async with deps.database.read() as tx:
        newest = await status_lists.version(tx, type_code, number)
    if newest is None:
        raise StatusListNotFound
    kept = deps.status_tokens.kept(newest)
    if kept is not None:
        return newest, kept
    async with deps.database.begin() as tx:
        newest = await status_lists.version(tx, type_code, number)
        license_type = await license_types.by_code(tx, type_code)
        if newest is None or license_type is None:
            raise StatusListNotFound
        statuses = await status_lists.not_valid(tx, type_code, number)
        signs_with = await signing_key(tx, deps, license_type.agency)
    claims = token_claims(newest, statuses, issuer=deps.issuer)
    token = deps.signer.sign_status_list(claims, signs_with.key, signs_with.private_jwk)
    deps.status_tokens.keep(newest, token)
    return newest, token
