"""The table of errors: what each becomes for pages, HTTP and gRPC, one file per topic."""

from pingshan_kit.errors import ErrorTable

from pingshan_identity.entrypoints.errors import (
    clients,
    consents,
    devices,
    dual_control,
    factors,
    imports,
    oauth,
    organisations,
    people,
    representations,
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
    **devices.ERRORS,
    **clients.ERRORS,
    **consents.ERRORS,
    **people.ERRORS,
    **organisations.ERRORS,
    **imports.ERRORS,
    **representations.ERRORS,
    **dual_control.ERRORS,
}
