"""Client authentication (RFC 6749 section 2.3, RFC 7523): the method of a request, and the client that it names."""

from pingshan_identity.domain.clients.client import AuthMethod, Client
from pingshan_identity.domain.oauth.parameters import Parameters
from pingshan_identity.domain.oauth_error import OAuthError

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def used_method(authorization: str | None, parameters: Parameters) -> AuthMethod:
    """Returns the method that a request uses; NONE for no proof, and for an assertion of an unknown type.

    Raises:
        OAuthError: `invalid_request`, it uses two.
    """
    proofs = {
        AuthMethod.CLIENT_SECRET_BASIC: authorization,
        AuthMethod.PRIVATE_KEY_JWT: parameters.get("client_assertion"),
        AuthMethod.CLIENT_SECRET_POST: parameters.get("client_secret"),
    }
    used = [method for method, proof in proofs.items() if proof is not None]
    if len(used) > 1:
        raise OAuthError("invalid_request", "use one method of client authentication")
    if used == [AuthMethod.PRIVATE_KEY_JWT] and parameters.get("client_assertion_type") != ASSERTION_TYPE:
        return AuthMethod.NONE
    return used[0] if used else AuthMethod.NONE


def check_authenticated(client: Client, named: str | None) -> None:
    """Refuses a client that authenticated but may not go on. `named`: the `client_id` of the request; None where it has
    none.

    Raises:
        OAuthError: `invalid_client`, it is another one than the request names, or is switched off.
    """
    if named not in {None, client.client_id}:
        raise OAuthError("invalid_client", "client_id is not the client that authenticated")
    if client.disabled:
        raise OAuthError("invalid_client", "the client has been switched off by an administrator")
