"""Deputies: who acts for somebody absent (代理岗)."""

from collections.abc import Iterable
from datetime import date, timedelta

from pingshan_identity.domain.errors import DeputyRefused
from pingshan_identity.domain.people.powers import Holding

LONGEST = timedelta(days=180)


def check_deputy(
    *,
    person_id: str,
    deputy_id: str,
    has_left: bool,
    has_power: bool,
    asked: Holding,
    own: Iterable[Holding],
    deputys: Iterable[Holding],
    today: date,
) -> None:
    """Refuses a deputy who has left, is the absent person, has the post already, or for other than days that both
    allow.

    `has_left`: whether the deputy has. `has_power`: whether the post gives one of the separated roles. `own`: posts
    that the absent person holds by their own right. `deputys`: all posts of the deputy.

    Raises:
        DeputyRefused.
    """
    if has_left:
        raise DeputyRefused(why="left")
    if person_id == deputy_id:
        raise DeputyRefused(why="self")
    if has_power:
        raise DeputyRefused(why="powers")
    if not any(each.post == asked.post and asked.meets(each) for each in own):
        raise DeputyRefused(why="not-held")
    if asked.until is None or asked.until < asked.since or asked.until < today:
        raise DeputyRefused(why="past")
    if asked.until - asked.since >= LONGEST:
        raise DeputyRefused(why="too-long")
    if any(each.post == asked.post and asked.meets(each) for each in deputys):
        raise DeputyRefused(why="has-it")
