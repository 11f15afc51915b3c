"""The clock of a relying party, as its answer to a sign-out names it."""

from datetime import UTC, datetime

import httpx
import pytest
from pingshan_identity.clients.relying_parties import their_time


def answer(date: str) -> httpx.Response:
    return httpx.Response(200, headers={"date": date})


def test_a_date_is_read() -> None:
    assert their_time(answer("Sun, 29 Nov 2026 18:00:00 GMT")) == datetime(2026, 11, 29, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "x",
        "Mon, 99 Jan 2020 99:99:99 GMT",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        "Mon, 01 Jan 2020 00:00:00 +999999",
        "Mon, 01 Jan 2020 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 2020 00:00:00 -0000",
    ],
)
def test_a_wrong_one_is_none_and_no_failure_of_the_sign_out(date: str) -> None:
    assert their_time(answer(date)) is None
