"""A vacant duty is filled from the server: only a vacant one, once, recorded, alarmed, and with new factors."""

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from tests.support.identity.parties import Identity, csrf_of
from tests.support.platform import BoundService
from tests.support.servers import until

DUTY = "security-administrator"


@pytest.fixture
def vacancy(identity: Identity) -> Iterator[None]:
    """The only security administrator died; afterwards they are as at the beginning."""
    identity.execute("UPDATE person SET left_at = now() WHERE login_name = 'secadmin01'")
    yield
    identity.execute("UPDATE person SET left_at = NULL WHERE login_name = 'secadmin01'")
    identity.execute(
        "DELETE FROM person_post WHERE post = $1 AND person_id NOT IN "
        "(SELECT person_id FROM person WHERE login_name = 'secadmin01')",
        DUTY,
    )


def break_glass(
    bound: BoundService, login: str, duty: str = DUTY, reason: str = "顾安然去世"
) -> subprocess.CompletedProcess[str]:
    return bound.ended("break-glass", "--reason", reason, "--", duty, login)


def holders(identity: Identity) -> list[str]:
    rows = identity.execute(
        "SELECT login_name FROM person_post JOIN person USING (person_id) WHERE post = $1 AND left_at IS NULL", DUTY
    )
    return sorted(row["login_name"] for row in rows)


def test_a_held_duty_is_not_given_away(identity: Identity, bound_identity: BoundService) -> None:
    for duty in (DUTY, "system-administrator", "auditor"):
        refused = break_glass(bound_identity, "health01", duty)
        assert refused.returncode == 1
        assert "Somebody holds this duty" in refused.stderr
    assert holders(identity) == ["secadmin01"]


@pytest.mark.usefixtures("vacancy")
@pytest.mark.parametrize(
    ("login", "duty", "reason", "why"),
    [
        ("nobody99", DUTY, "r", "There is no such person"),
        ("secadmin01", DUTY, "r", "There is no such person"),
        ("audit01", DUTY, "r", "Nobody may hold two"),
        ("health01", DUTY, "  ", "A reason is needed"),
        ("health01", "platform-operator", "r", ""),
    ],
)
def test_it_is_refused(
    identity: Identity, bound_identity: BoundService, login: str, duty: str, reason: str, why: str
) -> None:
    refused = break_glass(bound_identity, login, duty, reason)
    assert refused.returncode == 1
    assert why in refused.stderr
    assert not holders(identity)


def duties(bound: BoundService) -> str:
    done = bound.ended("duties")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_operators_are_told_of_a_vacancy(
    identity: Identity, bound_identity: BoundService, request: pytest.FixtureRequest
) -> None:
    assert duties(bound_identity) == "every duty is held"
    request.getfixturevalue("vacancy")
    assert duties(bound_identity) == f"vacant: {DUTY}"


@pytest.mark.usefixtures("vacancy")
def test_of_two_at_once_one_fills_the_vacancy(identity: Identity, bound_identity: BoundService) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda login: break_glass(bound_identity, login), ["fire01", "urban01"]))
    assert sorted(each.returncode for each in done) == [0, 1], [each.stderr for each in done]
    assert len(holders(identity)) == 1


@pytest.mark.usefixtures("vacancy")
def test_it_is_recorded_alarmed_and_opens_with_what_it_printed(
    identity: Identity, bound_identity: BoundService
) -> None:
    old = identity.signed_in("water01")
    done = break_glass(bound_identity, "water01")
    assert done.returncode == 0, done.stderr
    assert holders(identity) == ["water01"]
    assert old.get("/account").status_code == 303, "whoever was signed in with the old factors is not any more"
    query = "SELECT details::text FROM record WHERE act = 'glass.broken' ORDER BY id DESC LIMIT 1"
    [record] = identity.execute(query)
    assert {"duty": DUTY, "why": "顾安然去世"}.items() <= json.loads(record["details"]).items()
    query = "SELECT subject, payload::text FROM event_log WHERE subject = 'identity.duty.filled.v1'"
    until(lambda: identity.execute(query))
    [*_, event] = identity.execute(query)
    assert json.loads(event["payload"])["organisations"] == ["data"]
    password = re.search(r"password: (\S+)", done.stdout)
    code = re.search(r"shown once: (\S+)", done.stdout)
    assert password
    assert code
    page = identity.browser()
    form = {"csrf_token": csrf_of(page.get("/sign-in")), "login": "water01", "password": password[1]}
    set_up = page.get(page.post("/sign-in", data=form).headers["location"]).headers["location"]
    shown = page.get(set_up)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', shown.text)
    assert secret
    sent = {"csrf_token": csrf_of(shown), "code": pyotp.TOTP(secret[1]).now()}
    assert page.post(set_up, data=sent).status_code == 401, "not without the enrolment code"
    assert page.post(set_up, data=sent | {"enrolment_code": code[1]}).status_code == 200
