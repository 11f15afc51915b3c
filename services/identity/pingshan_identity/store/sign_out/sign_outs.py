"""Queries on sign-outs and their deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.sessions.session import ABSOLUTE_LIFE
from pingshan_identity.domain.sign_out.sign_out import (
    SYSTEM_SESSION_LIFE,
    UNTOLD_LIFE,
    Delivery,
    DeliveryState,
    SignOut,
)
from pingshan_identity.store.tables import access_grant, client, logout_delivery, sign_out, sso_session

_s = sign_out.c
_d = logout_delivery.c


@dataclass(frozen=True, slots=True)
class Target:
    """Is a system that a sign-out concerns, whether it can be told or not."""

    client_id: str
    can_be_told: bool
    was_opened: bool
    """Whether the system may still hold a token of the person."""


@dataclass(frozen=True, slots=True)
class Order:
    """Is one delivery with all that is needed to post it."""

    sign_out: SignOut
    state: DeliveryState
    attempts: int
    event_id: UUID
    uri: str | None
    id_token_alg: str
    third_party: bool
    """Whether the system registered itself."""
    client_id: str
    subject_type: Literal["public", "pairwise"]
    sector_identifier: str | None
    """Sector that a pairwise subject is made for; None for a public one."""


async def targets(tx: AsyncConnection, person_id: str, session_id: str | None, now: datetime) -> list[Target]:
    """Returns the systems opened with the session.

    Where it is None, every system that the launchpad may show, and every other one that may hold a token of the person,
    or a session of its own whose end it has not confirmed; also one that was disabled since.
    """
    can_be_told = client.c.backchannel_logout_uri.is_not(None)
    if session_id is None:
        opened = _opened_lately(person_id, now)
        shown = client.c.launch_uri.is_not(None) & client.c.disabled_at.is_(None)
        unconfirmed = can_be_told & client.c.client_id.in_(_unconfirmed(person_id, now))
        concerned: ColumnElement[bool] = shown | client.c.client_id.in_(opened) | unconfirmed
    else:
        opened = select(access_grant.c.client_id).where(access_grant.c.session_id == session_id)
        concerned = client.c.client_id.in_(opened)
    query = select(
        client.c.client_id, can_be_told.label("can_be_told"), client.c.client_id.in_(opened).label("was_opened")
    )
    rows = await tx.execute(query.where(concerned).order_by(client.c.client_id))
    return [Target(row.client_id, row.can_be_told, row.was_opened) for row in rows]


def _opened_lately(person_id: str, now: datetime) -> Select[tuple[str]]:
    """Returns the query for systems that got a token in a session that lived within the last ten minutes."""
    since = now - UNTOLD_LIFE
    lived = (
        (sso_session.c.person_id == UUID(person_id))
        & (sso_session.c.started_at > since - ABSOLUTE_LIFE)
        & (sso_session.c.ended_at.is_(None) | (sso_session.c.ended_at > since))
    )
    return select(access_grant.c.client_id).select_from(access_grant.join(sso_session)).where(lived)


def _unconfirmed(person_id: str, now: datetime) -> Select[tuple[str]]:
    """Returns the query for systems opened within `SYSTEM_SESSION_LIFE` that have not confirmed a sign-out since."""
    confirmed = (
        select(_d.client_id)
        .select_from(logout_delivery.join(sign_out))
        .where(
            _s.person_id == UUID(person_id),
            _s.session_id.is_(None) | (_s.session_id == access_grant.c.session_id),
            _d.client_id == access_grant.c.client_id,
            _d.confirmed_at >= access_grant.c.created_at,
        )
        .exists()
    )
    opened = (sso_session.c.person_id == UUID(person_id)) & (sso_session.c.started_at > now - SYSTEM_SESSION_LIFE)
    return select(access_grant.c.client_id).select_from(access_grant.join(sso_session)).where(opened, ~confirmed)


async def add(tx: AsyncConnection, made: SignOut, deliveries: Sequence[Mapping[str, Any]]) -> None:
    await tx.execute(
        insert(sign_out).values(
            sign_out_id=UUID(made.sign_out_id),
            person_id=UUID(made.person_id),
            session_id=made.session_id,
            reason=made.reason,
            requested_by=made.requested_by,
            requested_at=made.requested_at,
        )
    )
    if deliveries:
        await tx.execute(
            insert(logout_delivery), [{"sign_out_id": UUID(made.sign_out_id), **row} for row in deliveries]
        )


async def order(tx: AsyncConnection, sign_out_id: UUID, client_id: str) -> Order | None:
    row = (
        (
            await tx.execute(
                select(
                    sign_out,
                    _d.state,
                    _d.attempts,
                    _d.event_id,
                    client.c.backchannel_logout_uri,
                    client.c.id_token_alg,
                    client.c.third_party,
                    client.c.subject_type,
                    client.c.sector_identifier,
                )
                .select_from(sign_out.join(logout_delivery).join(client))
                .where(_s.sign_out_id == sign_out_id, _d.client_id == client_id)
            )
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    return Order(
        _sign_out(row),
        DeliveryState(row["state"]),
        row["attempts"],
        row["event_id"],
        row["backchannel_logout_uri"],
        row["id_token_alg"],
        row["third_party"],
        client_id,
        row["subject_type"],
        row["sector_identifier"],
    )


async def confirm(tx: AsyncConnection, sign_out_id: UUID, client_id: str, now: datetime) -> bool:
    """Marks a delivery as confirmed. Returns False where it was not pending."""
    return await _settle(
        tx, sign_out_id, client_id, {"state": DeliveryState.CONFIRMED.value, "confirmed_at": now, "failure": None}, now
    )


async def note_failure(
    tx: AsyncConnection, sign_out_id: UUID, client_id: str, failure: str, now: datetime, *, give_up: bool
) -> bool:
    """Keeps why an attempt failed, and gives the delivery up with `give_up`. Returns False where it was not pending."""
    values: dict[str, Any] = {"failure": failure}
    if give_up:
        values["state"] = DeliveryState.GIVEN_UP.value
    return await _settle(tx, sign_out_id, client_id, values, now)


async def try_again(tx: AsyncConnection, sign_out_id: UUID, client_id: str) -> int | None:
    """Makes a delivery pending that was given up; returns its attempts so far, None where it was not given up."""
    row = (
        await tx.execute(
            update(logout_delivery)
            .where(
                _d.sign_out_id == sign_out_id,
                _d.client_id == client_id,
                _d.state == DeliveryState.GIVEN_UP.value,
            )
            .values(state=DeliveryState.PENDING.value)
            .returning(_d.attempts)
        )
    ).one_or_none()
    return None if row is None else int(row.attempts)


async def _settle(
    tx: AsyncConnection, sign_out_id: UUID, client_id: str, values: Mapping[str, Any], now: datetime
) -> bool:
    done = await tx.execute(
        update(logout_delivery)
        .where(_d.sign_out_id == sign_out_id, _d.client_id == client_id, _d.state == DeliveryState.PENDING.value)
        .values(attempts=_d.attempts + 1, attempted_at=now, **values)
        .returning(_d.client_id)
    )
    return done.one_or_none() is not None


async def lock(tx: AsyncConnection, sign_out_id: UUID) -> SignOut | None:
    """Returns the sign-out, locked until the commit, so that one of two last confirmations completes it."""
    return await _one(tx, _s.sign_out_id == sign_out_id, for_update=True)


async def get(tx: AsyncConnection, sign_out_id: UUID) -> SignOut | None:
    return await _one(tx, _s.sign_out_id == sign_out_id)


async def _one(tx: AsyncConnection, condition: ColumnElement[bool], *, for_update: bool = False) -> SignOut | None:
    query = select(sign_out).where(condition)
    row = (await tx.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    return None if row is None else _sign_out(row)


async def deliveries(tx: AsyncConnection, sign_out_id: UUID) -> list[Delivery]:
    """Returns the deliveries with the names of the systems, ordered by client id."""
    rows = await tx.execute(
        select(logout_delivery, client.c.name_zh, client.c.name_en)
        .select_from(logout_delivery.join(client))
        .where(_d.sign_out_id == sign_out_id)
        .order_by(_d.client_id)
    )
    return [
        Delivery(
            client_id=row["client_id"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            state=DeliveryState(row["state"]),
            attempts=row["attempts"],
            failure=row["failure"],
            attempted_at=row["attempted_at"],
            confirmed_at=row["confirmed_at"],
            alive_until=row["alive_until"],
        )
        for row in rows.mappings()
    ]


async def complete(tx: AsyncConnection, sign_out_id: UUID, receipt: str, now: datetime) -> None:
    await tx.execute(
        update(sign_out)
        .where(_s.sign_out_id == sign_out_id)
        .values(completed_at=now, receipt=receipt, version=_s.version + 1)
    )


async def reopen(tx: AsyncConnection, sign_out_id: UUID) -> None:
    """Opens a completed sign-out and deletes its receipt, since a delivery is tried again."""
    await tx.execute(
        update(sign_out)
        .where(_s.sign_out_id == sign_out_id)
        .values(completed_at=None, receipt=None, version=_s.version + 1)
    )


async def ripe(tx: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Returns open sign-outs without a pending delivery or an untold system that may hold a token, the oldest first."""
    waiting = (
        select(_d.sign_out_id)
        .where(
            _d.sign_out_id == _s.sign_out_id,
            (_d.state == DeliveryState.PENDING.value)
            | ((_d.state == DeliveryState.UNSUPPORTED.value) & (_d.alive_until > now)),
        )
        .exists()
    )
    query = select(_s.sign_out_id).where(_s.completed_at.is_(None), ~waiting)
    return list((await tx.execute(query.order_by(_s.requested_at).limit(limit))).scalars())


@dataclass(frozen=True, slots=True)
class Listed:
    sign_out: SignOut
    confirmed: int
    told: int
    """Number of systems that can be told."""
    systems: int


async def page(
    tx: AsyncConnection, *, person_id: str | None, open_only: bool, before: datetime, limit: int
) -> list[Listed]:
    """Returns sign-outs requested before `before`, the latest first; of everybody where `person_id` is None."""
    counts = (
        select(
            _d.sign_out_id,
            func.count().label("systems"),
            func.count().filter(_d.state == DeliveryState.CONFIRMED.value).label("confirmed"),
            func.count().filter(_d.state != DeliveryState.UNSUPPORTED.value).label("told"),
        )
        .group_by(_d.sign_out_id)
        .subquery()
    )
    query = select(sign_out, counts.c.systems, counts.c.confirmed, counts.c.told).select_from(
        sign_out.outerjoin(counts, counts.c.sign_out_id == _s.sign_out_id)
    )
    query = query.where(_s.requested_at < before)
    if person_id is not None:
        query = query.where(_s.person_id == UUID(person_id))
    if open_only:
        query = query.where(_s.completed_at.is_(None))
    rows = await tx.execute(query.order_by(_s.requested_at.desc()).limit(limit))
    return [
        Listed(_sign_out(row), row["confirmed"] or 0, row["told"] or 0, row["systems"] or 0) for row in rows.mappings()
    ]


def _sign_out(row: Mapping[Any, Any]) -> SignOut:
    return SignOut(
        sign_out_id=str(row["sign_out_id"]),
        person_id=str(row["person_id"]),
        session_id=row["session_id"],
        reason=row["reason"],
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        completed_at=row["completed_at"],
        receipt=row["receipt"],
    )
