"""Which heartbeat counts, and for how long."""

import time
from datetime import UTC, datetime

import pytest
from pingshan_kit.errors import Unauthenticated, Unavailable
from pingshan_kit.trust.revocations import CLOCKS_APART, SILENCE, Heartbeat, Revocations
from pingshan_values.actor import Actor, ActorKind

SUBJECT, OTHER = "identity.session.ended.v1", "identity.grant.ended.v1"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = Actor(kind=ActorKind.PERSON, person_id="p", session_id="s")


def beat(seconds_ago: float = 0, *, created: datetime = CREATED, **positions: int) -> bytes:
    sent_at = time.time_ns() - int(seconds_ago * 1e9)
    told = {SUBJECT: positions.get("session", 0), OTHER: positions.get("grant", 0)}
    return Heartbeat(sent_at=sent_at, stream_created_at=created, positions=told).model_dump_json().encode()


@pytest.fixture
def read() -> Revocations:
    """A process that has read both subjects as far as 7."""
    revocations = Revocations()
    for subject in (SUBJECT, OTHER):
        revocations.has_read(subject, CREATED, 7)
    return revocations


async def test_a_beat_counts_where_all_that_it_tells_of_has_been_read(read: Revocations) -> None:
    assert not read.informed
    await read.heartbeat(beat(session=7, grant=3))
    assert read.informed
    await read.heartbeat(beat(session=7, grant=8))
    assert not read.informed
    read.has_read(OTHER, CREATED, 8)
    assert read.informed


async def test_what_was_read_of_another_stream_does_not_count(read: Revocations) -> None:
    await read.heartbeat(beat(session=1, created=datetime(2026, 2, 1, tzinfo=UTC)))
    assert not read.informed
    fresh = Revocations()
    await fresh.heartbeat(beat())
    assert not fresh.informed, "nothing read at all"


@pytest.mark.parametrize("seconds_ago", [SILENCE + 0.05, 60, -CLOCKS_APART - 0.2, -3600])
async def test_a_beat_of_another_time_is_not_heard(read: Revocations, seconds_ago: float) -> None:
    await read.heartbeat(beat(seconds_ago))
    assert not read.informed


async def test_a_beat_counts_from_its_sending_and_not_from_its_arrival(
    read: Revocations, monkeypatch: pytest.MonkeyPatch
) -> None:
    await read.heartbeat(beat(SILENCE - 0.4))
    assert read.informed
    later = time.monotonic() + 0.5
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not read.informed


async def test_a_beat_that_comes_again_or_late_changes_nothing(read: Revocations) -> None:
    repeated = beat(0.3, session=1)
    await read.heartbeat(repeated)
    await read.heartbeat(beat(session=9))
    await read.heartbeat(repeated)
    await read.heartbeat(beat(0.1))
    assert not read.informed, "the newest one tells of an event that was not read"


@pytest.mark.parametrize("data", [b"", b"\xff", b"{}", b"[]", b'{"sent_at": "soon", "positions": {}}', b"1" * 5_000])
async def test_what_is_no_beat_is_passed_over(read: Revocations, data: bytes) -> None:
    await read.heartbeat(data)
    assert not read.informed


async def test_who_is_not_informed_asks_and_refuses_where_nobody_answers(read: Revocations) -> None:
    with pytest.raises(Unavailable):
        await read.refuse_dead(PERSON)
    asked: list[str] = []

    async def dead(session_id: str, _grant_id: str | None) -> bool:
        asked.append(session_id)
        return False

    read.introspect = dead
    with pytest.raises(Unauthenticated):
        await read.refuse_dead(PERSON)
    await read.heartbeat(beat())
    await read.refuse_dead(PERSON)
    assert asked == ["s"], "who is informed does not ask"
