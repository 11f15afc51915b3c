"""Which software works with a client of which settings."""

from pathlib import Path

import pingshan_identity
import pytest
from pingshan_identity.domain.clients.client import AuthMethod, ClientProfile
from pingshan_identity.domain.clients.known_software import (
    KNOWN_SOFTWARE,
    KnownSoftware,
    in_need_of_another_method,
    software_of,
)
from pingshan_identity.domain.keys.signing_key import Algorithm

TEMPLATES = Path(pingshan_identity.__file__).parent / "web/templates/admin/software"
NOBODYS = {"discovery"}
"""What templates share."""


def fitting(
    method: AuthMethod, profile: ClientProfile = ClientProfile.STRICT, algorithm: Algorithm = "ES256"
) -> set[str]:
    return {each.code for each in KNOWN_SOFTWARE if each.fits(method, profile, algorithm)}


def test_each_has_its_settings() -> None:
    assert {each.stem for each in TEMPLATES.glob("*.html")} - NOBODYS == {each.code for each in KNOWN_SOFTWARE}


def test_most_take_a_secret_in_the_header() -> None:
    expected = {"apache", "oauth2-proxy", "spring", "django", "passport", "authlib", "openid-client"}
    assert fitting(AuthMethod.CLIENT_SECRET_BASIC) == expected


def test_asp_net_core_sends_its_secret_in_the_form() -> None:
    added = fitting(AuthMethod.CLIENT_SECRET_POST) - fitting(AuthMethod.CLIENT_SECRET_BASIC)
    assert added == {"aspnet-core"}


def test_a_library_without_pkce_needs_the_compatible_profile() -> None:
    compatible = fitting(AuthMethod.CLIENT_SECRET_POST, ClientProfile.COMPATIBLE)
    assert compatible - fitting(AuthMethod.CLIENT_SECRET_POST) == {"passport-openidconnect"}


def test_few_do_fapi_2() -> None:
    assert fitting(AuthMethod.PRIVATE_KEY_JWT, ClientProfile.FAPI2) == {"openid-client"}


@pytest.mark.parametrize("code", ["apache", "aspnet-core", "spring", "django"])
def test_not_all_verify_eddsa(code: str) -> None:
    assert code not in fitting(AuthMethod.CLIENT_SECRET_POST, algorithm="EdDSA")
    assert code in fitting(AuthMethod.CLIENT_SECRET_POST, algorithm="RS256")


@pytest.mark.parametrize("software", KNOWN_SOFTWARE, ids=lambda each: each.code)
def test_what_is_filled_in_for_it_suits_it(software: KnownSoftware) -> None:
    assert software_of(software.code) is software
    assert software.fits(software.method, software.profile, software.algorithm)
    assert software.method is not AuthMethod.NONE


def test_which_software_does_not_prove_itself_as_others_do() -> None:
    assert {each.code for each in in_need_of_another_method()} == {"aspnet-core", "passport-openidconnect"}
    assert software_of("nothing") is None
