"""What a test of a connected system says about its settings, and how long it writes down."""

from dataclasses import replace
from uuid import UUID

import pytest
from pingshan_identity.domain.clients.client import AuthMethod, Client
from pingshan_identity.domain.clients.connection_test import (
    OPEN_FOR,
    Colour,
    ConnectionTest,
    Fault,
    Seen,
    Step,
    client_fault,
    findings,
    quoted,
)

from tests.support.identity.samples import NOW, SYSTEM


def test_a_test_is_open_for_a_while() -> None:
    test = ConnectionTest(UUID(int=1), NOW, ())
    assert test.is_open(NOW)
    assert not test.is_open(NOW + OPEN_FOR)


@pytest.mark.parametrize(
    ("client", "used", "fault"),
    [
        (SYSTEM, AuthMethod.CLIENT_SECRET_BASIC, Fault.SECRET),
        (SYSTEM, AuthMethod.CLIENT_SECRET_POST, Fault.METHOD),
        (SYSTEM, None, Fault.METHOD),
        (replace(SYSTEM, disabled=True), AuthMethod.CLIENT_SECRET_BASIC, Fault.DISABLED),
    ],
)
def test_why_a_client_could_not_prove_itself(client: Client, used: AuthMethod | None, fault: Fault) -> None:
    assert client_fault(client, used) is fault


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("https://oa.example/callback/", "https://oa.example/callback/"),
        ("x" * 501, "x" * 500),
        ("a\0b", "a?b"),
        ("a\ud800b", "a?b"),
        ("https://oa.example/\u202ecallback\n", "https://oa.example/?callback?"),
        ("", None),
        (None, None),
    ],
)
def test_what_is_quoted_can_be_stored_and_reads_as_it_is(received: str | None, kept: str | None) -> None:
    assert quoted(received) == kept


def lights(seen: list[Seen], logout_uri: str | None) -> list[Colour]:
    """Of the notice of a sign-out, and of the clock."""
    return [each.colour for each in findings(seen, logout_uri=logout_uri)][-2:]


def test_what_was_seen_at_another_address_counts_no_more() -> None:
    one, two = "https://oa.example/logout", "https://oa.example/sign-out"
    seen = [Seen(Step.SIGN_OUT, NOW, "HTTP_404", received=one), Seen(Step.CLOCK, NOW, skew=0.5)]
    assert lights(seen, one) == [Colour.RED, Colour.GREEN]
    assert lights(seen, two) == [Colour.YELLOW, Colour.YELLOW]
    assert lights(seen, None) == [Colour.GREY, Colour.GREY]
    assert lights([*seen, Seen(Step.SIGN_OUT, NOW, received=two), Seen(Step.CLOCK, NOW, skew=0.5)], two) == [
        Colour.GREEN,
        Colour.GREEN,
    ]
