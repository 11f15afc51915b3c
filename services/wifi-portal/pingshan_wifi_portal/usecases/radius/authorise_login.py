"""Decides a controller's Access-Request: a valid one-time token opens a session with the person's policy."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from opentelemetry import trace
from pingshan_kit import telemetry
from pingshan_kit.clock import now, today
from pingshan_kit.ids import uuid7
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain import quota
from pingshan_wifi_portal.domain.login import AccessAccept, AccessRejected, AccessRequest, Token, check_login
from pingshan_wifi_portal.domain.quota import Policy
from pingshan_wifi_portal.store import hotspots, login_tokens, sessions, usage
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.sessions.shared import publish_ended


@dataclass(frozen=True, slots=True)
class AuthoriseLogin:
    request: AccessRequest


async def authorise_login(deps: Dependencies, command: AuthoriseLogin) -> AccessAccept:
    """Opens a session, ends the device's older ones at the controller, and returns what to enforce.

    Returns the same session for a retransmission of the request. Raises AccessRejected.
    """
    request = command.request
    async with deps.database.begin() as tx:
        row = await login_tokens.lock(tx, request.username)
        if row is None:
            raise AccessRejected(reason="unknown-token")
        token = Token(row.controller_id, row.device_mac, row.expires_at, row.used_by)
        check_login(request, token, login_tokens.token(deps.personal, request.username), now())
        telemetry.mark(correlation_id=row.sign_in_id)
        _link(row.traceparent)
        if row.used_at is None:
            return await _open(tx, request, row)
        return await _repeat(tx, row)


def _link(traceparent: str) -> None:
    """Links the sign-in's trace, which is not the parent, as the controller asks on its own."""
    context = telemetry.span_context(telemetry.remote_context({"traceparent": traceparent}))
    if context.is_valid:
        trace.get_current_span().add_link(context)


async def _open(tx: AsyncConnection, request: AccessRequest, token: Any) -> AccessAccept:
    hotspot_id = await hotspots.of_access_point(tx, request.controller_id, request.access_point_mac)
    if hotspot_id is None:
        raise AccessRejected(reason="unknown-access-point")
    older = sessions.of_device(request.controller_id, request.device_mac)
    await publish_ended(tx, await sessions.end(tx, older, now(), "replaced"))
    plan = (await usage.plans(tx, [token.visitor_id]))[token.visitor_id]
    used = await usage.lock_used(tx, token.visitor_id, today())
    session_id = uuid7()
    rate = quota.rate(plan, used)
    await sessions.add(
        tx,
        session_id=session_id,
        controller_id=request.controller_id,
        hotspot_id=hotspot_id,
        device_mac=request.device_mac,
        acct_session_id=request.acct_session_id,
        visitor_id=token.visitor_id,
        sign_in_id=token.sign_in_id,
        framed_ip=request.framed_ip,
        expires_at=now() + timedelta(seconds=plan.session_seconds),
        rate_kbps=rate,
        slowed=quota.exhausted(plan, used),
    )
    await login_tokens.use(tx, request.username, now=now(), used_by=request.authenticator, session_id=session_id)
    telemetry.mark(session_id=session_id, hotspot_id=hotspot_id)
    return AccessAccept(session_id, Policy(1, rate, plan.session_seconds, plan.idle_seconds, plan.interim_seconds))


async def _repeat(tx: AsyncConnection, token: Any) -> AccessAccept:
    policy = await sessions.policy(tx, token.session_id)
    if policy is None:
        raise AccessRejected(reason="session-over")
    return AccessAccept(token.session_id, policy)
