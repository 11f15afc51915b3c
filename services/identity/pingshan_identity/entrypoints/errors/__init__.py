"""The one table: what each refusal becomes, an area a file."""

from pingshan_kit.errors import ErrorTable

from pingshan_identity.entrypoints.errors import (
    administration,
    clients,
    passkeys,
    people,
    sign_outs,
    signing_in,
    upstreams,
)

ERRORS: ErrorTable = {
    **people.ERRORS,
    **signing_in.ERRORS,
    **passkeys.ERRORS,
    **upstreams.ERRORS,
    **clients.ERRORS,
    **administration.ERRORS,
    **sign_outs.ERRORS,
}
