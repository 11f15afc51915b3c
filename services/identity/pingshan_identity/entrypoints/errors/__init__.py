"""The one table: what each refusal becomes, an area a file."""

from pingshan_kit.errors import ErrorTable

from pingshan_identity.entrypoints.errors import (
    administration,
    clients,
    factors,
    people,
    public,
    sign_in,
    sign_out,
    upstreams,
)

ERRORS: ErrorTable = {
    **people.ERRORS,
    **sign_in.ERRORS,
    **factors.ERRORS,
    **upstreams.ERRORS,
    **public.ERRORS,
    **clients.ERRORS,
    **administration.ERRORS,
    **sign_out.ERRORS,
}
