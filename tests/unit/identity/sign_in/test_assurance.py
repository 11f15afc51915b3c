import pytest
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.assurance import level_needed, level_of


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
