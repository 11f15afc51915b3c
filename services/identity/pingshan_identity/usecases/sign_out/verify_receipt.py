"""Verifies a receipt of a sign-out, also years later."""

from dataclasses import dataclass, field
from typing import Any

from pingshan_kit.trust import jose

from pingshan_identity.clients.tokens import verified_by
from pingshan_identity.domain.errors import ReceiptRefused
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sign_out.sign_out import LONGEST_RECEIPT, RECEIPT, check_receipt
from pingshan_identity.store.keys import signing_keys
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    claims: dict[str, Any] = field(repr=False)
    kid: str
    """Id of the key that signed the receipt."""


async def verify_receipt(deps: Dependencies, *, text: str) -> CheckedReceipt:
    """Returns what the receipt states; public keys are kept for ever, so that a rotation invalidates no receipt.

    Raises:
        ReceiptRefused: it was changed, is another kind of token, or was signed by somebody else.
    """
    receipt = "".join(text.split())
    if len(receipt) > LONGEST_RECEIPT:
        raise ReceiptRefused
    try:
        kid = jose.key_id(receipt, frozenset({RECEIPT}), longest=LONGEST_RECEIPT)
        async with deps.database.read() as tx:
            public = await signing_keys.public_jwk(tx, kid)
        if public is None:
            raise ReceiptRefused
        claims = verified_by(public, receipt)
    except (jose.TokenRefused, OAuthError) as error:
        raise ReceiptRefused from error
    check_receipt(claims, deps.signer.issuer)
    return CheckedReceipt(claims, kid)
