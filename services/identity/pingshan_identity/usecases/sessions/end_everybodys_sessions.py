"""Ends the sessions of an organisation or of a system after two people decided that, some at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pingshan_kit import clock, jobs
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.domain.sessions.session_filter import SessionFilter
from pingshan_identity.store.sessions import live_sessions
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.job_kinds import END_EVERYBODYS_SESSIONS, SessionsToEnd
from pingshan_identity.usecases.sessions.shared import close_session

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class EndEverybodysSessions:
    wanted: SessionFilter
    moment: datetime
    """Time of the decision."""


async def order_end(tx: AsyncConnection, details: Mapping[str, Any], now: datetime) -> None:
    """Orders the job in the transaction of the decision. `details`: `organisation` or `client_id`."""
    payload = SessionsToEnd(
        moment=now, organisation=details.get("organisation") or "", client_id=details.get("client_id") or ""
    )
    await jobs.enqueue(tx, END_EVERYBODYS_SESSIONS, str(uuid7()), payload)


async def end_everybodys_sessions(deps: Dependencies, actor: Actor, command: EndEverybodysSessions) -> int:
    """Returns the number of sessions ended, 50 per transaction; sessions begun after the decision go on."""
    count = 0
    while True:
        async with deps.database.begin() as tx:
            found = await live_sessions.begun_before(
                tx, wanted=command.wanted, moment=command.moment, now=clock.now(), limit=_AT_ONCE
            )
            for session_id, person_id in found:
                await close_session(
                    tx, actor, session_id=session_id, person_id=person_id, reason=EndReason.ADMINISTRATOR
                )
        count += len(found)
        if len(found) < _AT_ONCE:
            return count
