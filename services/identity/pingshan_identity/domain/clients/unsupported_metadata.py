"""Metadata that a client must not believe to be in force: what would weaken its security if it were forgotten."""

from collections.abc import Collection

from pingshan_identity.domain.clients.client import AuthMethod
from pingshan_identity.domain.clients.client_keys import ASSERTION_ALGORITHMS
from pingshan_identity.domain.clients.metadata_members import Document, flag, one_of, refused
from pingshan_identity.domain.oauth_error import OAuthError

_ENCRYPTED = tuple(
    f"{what}_{part}"
    for what in (
        "id_token_encrypted_response",
        "userinfo_encrypted_response",
        "request_object_encryption",
        "authorization_encrypted_response",
        "introspection_encrypted_response",
    )
    for part in ("alg", "enc")
)
_SIGNED = ("authorization_signed_response_alg", "introspection_signed_response_alg")


def refuse_unsupported(document: Document, method: AuthMethod) -> None:
    """Refuses by its name each member that asks for protection which there is none of here.

    Raises:
        OAuthError: `invalid_client_metadata`; `unapproved_software_statement` (RFC 7591 section 3.2.2).
    """
    if "software_statement" in document:
        raise OAuthError("unapproved_software_statement", "software statements are not accepted: send plain metadata")
    _refuse_named(document, _ENCRYPTED, "nothing is encrypted but by TLS")
    _refuse_named(document, _SIGNED, "only ID tokens and userinfo are signed")
    if flag(document, "tls_client_certificate_bound_access_tokens"):
        raise refused("tls_client_certificate_bound_access_tokens cannot be kept to: use dpop_bound_access_tokens")
    if document.get("default_acr_values", []) != []:
        raise refused("default_acr_values are not applied: ask with acr_values, or let the owner set the level")
    if document.get("frontchannel_logout_uri") and not document.get("backchannel_logout_uri"):
        raise refused("frontchannel_logout_uri is not called: register a backchannel_logout_uri")
    if method is AuthMethod.PRIVATE_KEY_JWT:
        one_of(document, "token_endpoint_auth_signing_alg", ASSERTION_ALGORITHMS, ASSERTION_ALGORITHMS[0])


def _refuse_named(document: Document, names: Collection[str], why: str) -> None:
    if found := [name for name in names if name in document]:
        raise refused(f"{', '.join(found)}: {why}")
