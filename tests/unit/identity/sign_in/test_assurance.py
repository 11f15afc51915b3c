import pytest
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import level_needed, level_of, level_with_password


@pytest.mark.parametrize(
    ("methods", "level"),
    [
        ((), 0),
        (("pwd",), 1),
        (("pwd", "sms"), 1),
        (("fed",), 1),
        (("fed", "sms"), 1),
        (("otp",), 1),
        (("pwd", "otp"), 2),
        (("fed", "otp"), 2),
        (("swk",), 2),
        (("pwd", "swk"), 2),
        (("pop",), 2),
        (("hwk",), 3),
        (("pwd", "otp", "hwk"), 3),
    ],
)
def test_methods_reach_levels(methods: tuple[str, ...], level: int) -> None:
    assert level_of(methods) == level


@pytest.mark.parametrize(
    ("system", "asked", "needed"), [(None, None, 2), (1, None, 1), (2, None, 2), (3, 1, 3), (1, 3, 3), (None, 1, 2)]
)
def test_staff_reach_what_the_system_and_the_request_ask(system: int | None, asked: int | None, needed: int) -> None:
    assert level_needed(Realm.STAFF, system=system, asked=asked) == needed
    assert level_needed(Realm.PUBLIC, system=system, asked=asked) == 1


@pytest.mark.parametrize(("needed", "at_least"), [(1, 2), (2, 2), (3, 3)])
def test_a_password_of_staff_that_somebody_else_knows_opens_nothing_alone(needed: int, at_least: int) -> None:
    assert level_with_password(Realm.STAFF, needed, known_to_another=True) == at_least
    assert level_with_password(Realm.STAFF, needed, known_to_another=False) == needed


def test_the_public_has_no_levels() -> None:
    assert level_with_password(Realm.PUBLIC, 1, known_to_another=True) == 1
