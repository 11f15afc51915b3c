"""The table of errors: what each becomes for pages, HTTP and gRPC, one file per topic."""

from pingshan_kit.errors import ErrorTable

from pingshan_identity.entrypoints.errors import (
    clients,
    dual_control,
    factors,
    oauth,
    people,
    sessions,
    sign_in,
    sign_out,
)

ERRORS: ErrorTable = {
    **sign_in.ERRORS,
    **factors.ERRORS,
    **sessions.ERRORS,
    **sign_out.ERRORS,
    **oauth.ERRORS,
    **clients.ERRORS,
    **people.ERRORS,
    **dual_control.ERRORS,
}
