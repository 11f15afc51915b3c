"""What a status list says of a standing, where a licence gets its place, and how old a list looks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pingshan_e_license.domain.license import Standing
from pingshan_e_license.domain.transparency.status import LIST_SIZE, StatusPlace, picked_places, status_of
from pingshan_e_license.domain.transparency.status_token import ListVersion, token_claims
from pingshan_values.status_list import StatusList

NOON = datetime(2026, 11, 30, 4, 0, 30, tzinfo=UTC)
SEEN = ListVersion("food-business-permit", 1, 16, version=0, changed_at=NOON - timedelta(days=1), asked_at=NOON)


@pytest.mark.parametrize(
    ("standing", "status"), [("valid", 0), ("suspended", 2), ("revoked", 1), ("lapsed", 1), ("anything else", 1)]
)
def test_a_standing_as_status(standing: str, status: int) -> None:
    assert status_of(standing) == status


def test_every_standing_has_a_status_that_any_wallet_knows() -> None:
    assert {status_of(each.value) for each in Standing} <= {0, 1, 2}


def test_the_claim_of_section_6_2() -> None:
    place = StatusPlace("food-business-permit", 3, 7)
    uri = "http://localhost:18082/status-lists/food-business-permit/3"
    assert place.claim("http://localhost:18082") == {"status_list": {"idx": 7, "uri": uri}}


def test_places_are_picked_evenly() -> None:
    places = [place for _ in range(2_000) for place in picked_places(LIST_SIZE)]
    eighths = [0] * 8
    for each in places:
        eighths[each * 8 // LIST_SIZE] += 1
    assert max(eighths) - min(eighths) < 1_000  # 64,000 places: 8,000 in each eighth, with a deviation of 84
    assert 0 <= min(places) < max(places) < LIST_SIZE


def test_a_list_always_ends_and_says_what_changed() -> None:
    claims = token_claims(SEEN, {3: 1, 5: 2}, issuer="http://localhost:18082")
    assert claims["sub"] == "http://localhost:18082/status-lists/food-business-permit/1"
    assert (claims["exp"] - claims["iat"], claims["ttl"]) == (6 * 3600, 60)
    read = StatusList.of(claims["status_list"])
    assert [read.at(index) for index in range(16)] == [0, 0, 0, 1, 0, 2, *[0] * 10]


def test_lists_of_one_minute_are_equally_old_and_none_looks_older_than_one_before() -> None:
    later = replace(SEEN, asked_at=NOON + timedelta(seconds=20))
    assert later.issued_at == SEEN.issued_at == int(datetime(2026, 11, 30, 4, 0, tzinfo=UTC).timestamp())
    changed = replace(later, changed_at=NOON + timedelta(seconds=10), version=1)
    assert changed.issued_at == int(NOON.timestamp()) + 10
    assert replace(changed, asked_at=NOON + timedelta(seconds=31)).issued_at > changed.issued_at
