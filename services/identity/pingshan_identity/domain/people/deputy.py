"""Acting for somebody who is absent (代理岗)."""

from datetime import date, timedelta

from pingshan_identity.domain.errors import DeputyRefused

LONGEST = timedelta(days=180)


def check_deputy(
    *, person_id: str, deputy_id: str, has_power: bool, is_held: bool, since: date, until: date, today: date
) -> None:
    """`has_power`: the post gives one of the separated roles; `is_held`: the absent person holds it in that time.

    Raises:
        DeputyRefused.

    """
    if person_id == deputy_id:
        raise DeputyRefused(why="self")
    if has_power:
        raise DeputyRefused(why="powers")
    if not is_held:
        raise DeputyRefused(why="not-held")
    if until < since or until < today:
        raise DeputyRefused(why="past")
    if until - since >= LONGEST:
        raise DeputyRefused(why="too-long")
