"""Who sees a sign-out, how its deliveries begin and end, and which receipt is ours."""

from datetime import UTC, datetime

import pytest
from pingshan_identity.domain.access import AUDITOR, SECURITY_ADMINISTRATOR, SYSTEM_ADMINISTRATOR
from pingshan_identity.domain.errors import ReceiptRefused, SignOutNotFound
from pingshan_identity.domain.sign_out.sign_out import (
    ATTEMPTS,
    UNTOLD_LIFE,
    DeliveryState,
    SignOut,
    check_receipt,
    first_state,
    gives_up,
)
from pingshan_values.actor import ANONYMOUS, Actor, ActorKind

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
SIGN_OUT = SignOut("s", "one", None, "signed-out", "person:one", NOW, None, None)


@pytest.mark.parametrize(
    ("actor", "named"),
    [
        (Actor(kind=ActorKind.PERSON, person_id="one"), True),
        (Actor(kind=ActorKind.PERSON, person_id="two", roles=frozenset({SECURITY_ADMINISTRATOR})), True),
        (Actor(kind=ActorKind.PERSON, person_id="two", roles=frozenset({AUDITOR})), True),
        (Actor(kind=ActorKind.PERSON, person_id="two", roles=frozenset({SYSTEM_ADMINISTRATOR})), False),
        (ANONYMOUS, False),
    ],
)
def test_who_sees_it_and_who_sees_the_name(actor: Actor, named: bool) -> None:
    assert SIGN_OUT.names_person_to(actor) is named
    SIGN_OUT.check_may_read(actor, {"s"})
    if named:
        SIGN_OUT.check_may_read(actor, ())
    else:
        with pytest.raises(SignOutNotFound):
            SIGN_OUT.check_may_read(actor, {"another"})


@pytest.mark.parametrize(
    ("can_be_told", "was_opened", "begins"),
    [
        (True, True, (DeliveryState.PENDING, None)),
        (True, False, (DeliveryState.PENDING, None)),
        (False, True, (DeliveryState.UNSUPPORTED, NOW + UNTOLD_LIFE)),
        (False, False, (DeliveryState.UNSUPPORTED, None)),
    ],
)
def test_a_system_that_cannot_be_told_holds_its_token_to_the_end(
    can_be_told: bool, was_opened: bool, begins: tuple[DeliveryState, datetime | None]
) -> None:
    assert first_state(can_be_told=can_be_told, was_opened=was_opened, now=NOW) == begins


def test_the_last_attempt_gives_up() -> None:
    assert [gives_up(attempt) for attempt in (1, ATTEMPTS - 1, ATTEMPTS)] == [False, False, True]


def test_a_receipt_of_another_issuer_is_none() -> None:
    check_receipt({"iss": "https://identity"}, "https://identity")
    for claims in ({}, {"iss": "https://somebody"}):
        with pytest.raises(ReceiptRefused):
            check_receipt(claims, "https://identity")
