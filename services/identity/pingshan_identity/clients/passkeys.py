"""WebAuthn by the library `webauthn`: options for browsers, and checks of their answers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from pingshan_values import strict_json
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pingshan_identity.clients.attestation import AcceptedModels, is_attested, without_statement
from pingshan_identity.domain.factors.passkey import Passkey

_NAME = "智慧坪山"
_PATIENCE = 300_000
"""Milliseconds that a browser waits for the person."""


class WrongAnswer(Exception):
    """States that an answer is malformed, wrongly signed, or for another challenge, origin or relying party."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    aaguid: UUID
    transports: tuple[str, ...]
    backup_eligible: bool
    hardware: bool
    """Whether the authenticator proved by attestation to be an accepted model."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """Is an unchecked answer, which only says which passkey and whose."""

    credential_id: bytes = field(repr=False)
    user_handle: bytes | None = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)


class Passkeys:
    def __init__(self, public_url: str, accepted: AcceptedModels) -> None:
        """Raises ValueError where the public URL has an IP address: browsers refuse it as a relying party."""
        host = urlsplit(public_url).hostname or ""
        if _is_number(host):
            raise ValueError(f"passkeys need a host name, and the public URL has {host}")
        self._rp_id = host
        self._origin = public_url
        self._accepted = accepted

    def registration_options(
        self, *, person_id: str, account: str, name: str, challenge: bytes, known: Iterable[Passkey], attest: bool
    ) -> Any:
        """Returns `PublicKeyCredentialCreationOptionsJSON`: discoverable, with user verification, none of `known`.

        `attest`: whether the authenticator is asked to prove its model; never where no model is accepted, since
        browsers then ask people for their consent to nothing.
        """
        asked = attest and bool(self._accepted)
        conveyance = AttestationConveyancePreference.DIRECT if asked else AttestationConveyancePreference.NONE
        options = webauthn.generate_registration_options(
            rp_id=self._rp_id,
            rp_name=_NAME,
            user_id=UUID(person_id).bytes,
            user_name=account,
            user_display_name=name,
            challenge=challenge,
            timeout=_PATIENCE,
            attestation=conveyance,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[_descriptor(passkey) for passkey in known],
        )
        return json.loads(options_to_json(options))

    def sign_in_options(self, *, challenge: bytes, allowed: Iterable[Passkey]) -> Any:
        """Returns `PublicKeyCredentialRequestOptionsJSON`; empty `allowed` lets the browser offer any passkey it has
        for us.
        """
        options = webauthn.generate_authentication_options(
            rp_id=self._rp_id,
            challenge=challenge,
            timeout=_PATIENCE,
            allow_credentials=[_descriptor(passkey) for passkey in allowed],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return json.loads(options_to_json(options))

    def check_registration(self, answer: str, challenge: bytes) -> NewPasskey:
        """Returns the new passkey of an answer, checked (WebAuthn section 7.1). Raises WrongAnswer.

        An attestation that is missing, unknown or wrong makes the passkey one of unknown make, and no wrong answer.
        """
        try:
            credential = parse_registration_credential_json(_object(answer))
            _require_own_page(credential.response.client_data_json)
            given = credential.response.attestation_object
            verify = partial(
                webauthn.verify_registration_response,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                require_user_verification=True,
            )
            credential.response.attestation_object = without_statement(given)
            verified = verify(credential=credential)
            credential.response.attestation_object = given
            transports = tuple(transport.value for transport in credential.response.transports or ())
            aaguid = UUID(verified.aaguid)
        except (WebAuthnException, ValueError, TypeError, LookupError) as error:
            raise WrongAnswer(type(error).__name__) from error
        return NewPasskey(
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            aaguid=aaguid,
            transports=transports,
            backup_eligible=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            hardware=is_attested(given, aaguid, self._accepted, partial(verify, credential=credential)),
        )

    def read_assertion(self, answer: str) -> Assertion:
        """Returns the answer, parsed but not checked. Raises WrongAnswer where it is malformed."""
        content = _object(answer)
        try:
            parsed = parse_authentication_credential_json(content)
            if base64url_to_bytes(parsed.id) != parsed.raw_id:
                raise WrongAnswer("two ids")
            _require_own_page(parsed.response.client_data_json)
        except (WebAuthnException, ValueError, TypeError, LookupError) as error:
            raise WrongAnswer(type(error).__name__) from error
        return Assertion(parsed.raw_id, parsed.response.user_handle, content)

    def check_assertion(self, assertion: Assertion, challenge: bytes, passkey: Passkey) -> int:
        """Returns the new signature counter, not yet compared (WebAuthn section 7.2). Raises WrongAnswer."""
        try:
            verified = webauthn.verify_authentication_response(
                credential=dict(assertion.content),
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, TypeError, LookupError) as error:
            raise WrongAnswer(type(error).__name__) from error
        if (verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE) is not passkey.backup_eligible:
            raise WrongAnswer("the passkey says something else about copies than when it was registered")
        return verified.new_sign_count


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    known = {each.value: each for each in AuthenticatorTransport}
    transports = [known[name] for name in passkey.transports if name in known]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=transports or None)


def _require_own_page(client_data: bytes) -> None:
    """Raises WrongAnswer where the answer was given in a frame of another site's page (WebAuthn sections 7.1, 7.2).

    None of our pages may be framed, so no honest answer says `crossOrigin` or names a `topOrigin`.
    """
    content = strict_json.loads(client_data)
    if not isinstance(content, dict) or content.get("crossOrigin", False) is not False or "topOrigin" in content:
        raise WrongAnswer("another site's page")


def _object(answer: str) -> dict[str, Any]:
    try:
        content = strict_json.loads(answer)
    except ValueError as error:
        raise WrongAnswer("no JSON") from error
    if not isinstance(content, dict):
        raise WrongAnswer("no object")
    return content


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
