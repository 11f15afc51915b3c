"""What a refused call is told (RFC 6750 section 3, RFC 9449 section 7.1)."""

import pytest
from pingshan_kit.trust.challenges import challenges, presented

DPOP = 'DPoP realm="pingshan", algs="ES256 EdDSA"'


def test_who_sent_no_token_is_told_no_error() -> None:
    assert challenges(None) == f'Bearer realm="pingshan", {DPOP}'


def test_the_error_stands_with_the_scheme_that_was_used() -> None:
    assert challenges("Bearer", error="invalid_token") == f'Bearer realm="pingshan", error="invalid_token", {DPOP}'
    assert challenges("DPoP", error="invalid_dpop_proof") == (
        f'{DPOP}, error="invalid_dpop_proof", Bearer realm="pingshan"'
    )


@pytest.mark.parametrize("text", ['"', "\\", "坪", "\r\nSet-Cookie: a=b", "\x7f"])
def test_what_cannot_stand_in_a_header_does_not(text: str) -> None:
    told = challenges("Bearer", error_description=text)
    assert told.isascii()
    assert told.isprintable()
    assert told.count('"') == 8
    assert "\\" not in told


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bearer a.b.c", ("Bearer", "a.b.c")),
        ("DPOP t", ("DPoP", "t")),
        ("Basic eA==", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("", None),
    ],
)
def test_which_token_a_header_presents(header: str, found: tuple[str, str] | None) -> None:
    assert presented(header) == found
