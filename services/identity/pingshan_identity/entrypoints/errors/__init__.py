"""The one table: what each refusal becomes, an area a file."""

from pingshan_kit.errors import ErrorTable

from pingshan_identity.entrypoints.errors import (
    administration,
    clients,
    passkeys,
    people,
    public,
    sign_outs,
    signing_in,
    upstreams,
)

ERRORS: ErrorTable = {
    **people.ERRORS,
    **signing_in.ERRORS,
    **passkeys.ERRORS,
    **upstreams.ERRORS,
    **public.ERRORS,
    **clients.ERRORS,
    **administration.ERRORS,
    **sign_outs.ERRORS,
}
