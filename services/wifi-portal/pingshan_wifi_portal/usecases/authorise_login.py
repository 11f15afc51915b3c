"""Answer a controller's Access-Request: a valid one-time token opens a session with the person's policy."""

from datetime import timedelta
from typing import Any

from opentelemetry import trace
from pingshan_kit import telemetry
from pingshan_kit.clock import now, today
from pingshan_kit.crypto import PersonalData
from pingshan_kit.events import outbox
from pingshan_kit.ids import uuid7
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.login import Grant, Login, LoginRefused, Token, check_login
from pingshan_wifi_portal.domain.quota import Policy
from pingshan_wifi_portal.store import hotspots, login_tokens, sessions, usage
from pingshan_wifi_portal.usecases import session_events


async def authorise_login(actor: Actor, database: Database, personal: PersonalData, *, login: Login) -> Grant:
    """Raises LoginRefused. The device's older sessions at this controller are over."""
    del actor
    async with database.begin() as tx:
        row = await login_tokens.lock(tx, login.username)
        if row is None:
            raise LoginRefused(reason="unknown-token")
        token = Token(row.controller_id, row.device_mac, row.expires_at, row.used_by)
        check_login(login, token, login_tokens.token(personal, login.username), now())
        telemetry.mark(correlation_id=row.sign_in_id)
        _link(row.traceparent)
        if row.used_at is None:
            return await _open(tx, login, row)
        return await _repeat(tx, row)


def _link(traceparent: str) -> None:
    """The controller asks on its own: the sign-in is pointed to, it is not the parent."""
    context = telemetry.span_context(telemetry.remote_context({"traceparent": traceparent}))
    if context.is_valid:
        trace.get_current_span().add_link(context)


async def _open(tx: AsyncConnection, login: Login, token: Any) -> Grant:
    hotspot_id = await hotspots.of_access_point(tx, login.controller_id, login.access_point_mac)
    if hotspot_id is None:
        raise LoginRefused(reason="unknown-access-point")
    for session in await sessions.end(tx, sessions.of_device(login.controller_id, login.device_mac), now(), "replaced"):
        if session.started_at is not None:
            await outbox.publish(tx, session_events.ended(session))
    plan = (await usage.plans(tx, [token.visitor_id]))[token.visitor_id]
    used = await usage.lock_used(tx, token.visitor_id, today())
    session_id = uuid7()
    rate = quota.rate(plan, used)
    await sessions.add(
        tx,
        session_id=session_id,
        controller_id=login.controller_id,
        hotspot_id=hotspot_id,
        device_mac=login.device_mac,
        acct_session_id=login.acct_session_id,
        visitor_id=token.visitor_id,
        sign_in_id=token.sign_in_id,
        framed_ip=login.framed_ip,
        expires_at=now() + timedelta(seconds=plan.session_seconds),
        rate_kbps=rate,
        slowed=quota.exhausted(plan, used),
    )
    await login_tokens.use(tx, login.username, now=now(), used_by=login.authenticator, session_id=session_id)
    telemetry.mark(session_id=session_id, hotspot_id=hotspot_id)
    return Grant(session_id, Policy(1, rate, plan.session_seconds, plan.idle_seconds, plan.interim_seconds))


async def _repeat(tx: AsyncConnection, token: Any) -> Grant:
    policy = await sessions.policy(tx, token.session_id)
    if policy is None:
        raise LoginRefused(reason="session-over")
    return Grant(token.session_id, policy)
