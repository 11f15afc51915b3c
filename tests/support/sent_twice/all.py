"""All forms, by service."""

from collections.abc import Mapping, Sequence

from tests.support.sent_twice import (
    alerts,
    e_license,
    everywhere,
    identity_account,
    identity_admin,
    identity_sign_in,
    wifi_portal,
    workflow,
)
from tests.support.sent_twice.walk import Case

CASES: Mapping[str, Sequence[Case]] = {
    "alerts": (*alerts.CASES, *everywhere.CASES),
    "e-license": (*e_license.CASES, *everywhere.CASES),
    "identity": (*identity_sign_in.CASES, *identity_account.CASES, *identity_admin.CASES, *everywhere.CASES),
    "wifi-portal": (*wifi_portal.CASES, *everywhere.CASES),
    "workflow": (*workflow.CASES, *everywhere.CASES),
}
NO_FORM = frozenset({"/account/passkeys/options", "/sign-in/passkey/options", "/public/sign-in/passkey/options"})
"""Asked by the script of a page, which shows what it got to the browser: each gets a challenge of its own."""
