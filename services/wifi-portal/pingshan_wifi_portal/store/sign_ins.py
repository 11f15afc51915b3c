"""Queries on sign-ins, one row per code that was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_values.masked import mask_mobile
from sqlalchemy import ColumnElement, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_wifi_portal.domain.quota import PLAN_OF_VISITORS
from pingshan_wifi_portal.domain.sign_in import UNAVAILABLE, SignIn
from pingshan_wifi_portal.domain.visit import Visit
from pingshan_wifi_portal.store.tables import sign_in, visitor


@dataclass(frozen=True, slots=True)
class Pending:
    """Holds a pending sign-in with what only the check of its code needs."""

    sign_in: SignIn
    code: bytes
    mobile: str
    language: str


def code_hash(personal: PersonalData, sign_in_id: UUID, code: str) -> bytes:
    """Returns a keyed hash of the code, since six digits could be guessed from a plain one."""
    return personal.index(f"wifi-code:{sign_in_id}:{code}")


def mobile_index(personal: PersonalData, mobile: str) -> bytes:
    return personal.index(f"mobile:{mobile}")


async def serialise(tx: AsyncConnection, names: Sequence[str]) -> None:
    """Locks names until the transaction ends, so that whoever counts one of them waits for the others' commit."""
    for name in sorted(names):
        await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


async def sent_to_mobile(tx: AsyncConnection, index: bytes, since: datetime) -> list[datetime]:
    return await _sent(tx, sign_in.c.mobile_index == index, since)


async def sent_to_device(tx: AsyncConnection, visit: Visit, since: datetime) -> list[datetime]:
    of_device = (sign_in.c.device_mac == visit.device_mac) & (sign_in.c.browser == visit.browser)
    return await _sent(tx, of_device, since)


async def _sent(tx: AsyncConnection, which: ColumnElement[bool], since: datetime) -> list[datetime]:
    """Returns when codes were sent, the newest first, without those for which alerts was unreachable."""
    query = select(sign_in.c.sent_at).where(which, sign_in.c.sent_at > since, sign_in.c.failure != UNAVAILABLE)
    return [row.sent_at for row in await tx.execute(query.order_by(sign_in.c.sent_at.desc()))]


async def count_of_network(tx: AsyncConnection, network: str, since: datetime) -> int:
    return await _count(tx, sign_in.c.network == network, since)


async def count_of_hotspot(tx: AsyncConnection, visit: Visit, since: datetime) -> int:
    """Returns the codes of the hotspot for devices that are vouched for, or for those that are not, as the visit's."""
    vouched_for = sign_in.c.browser == b""
    alike = vouched_for if visit.is_vouched_for else ~vouched_for
    return await _count(tx, (sign_in.c.hotspot_id == visit.hotspot_id) & alike, since)


async def _count(tx: AsyncConnection, which: ColumnElement[bool], since: datetime) -> int:
    query = select(func.count()).select_from(sign_in).where(which, sign_in.c.sent_at > since)
    return int((await tx.execute(query)).scalar_one())


async def replace_pending(tx: AsyncConnection, visit: Visit) -> None:
    await tx.execute(update(sign_in).where(_pending(visit)).values(state="replaced"))


async def add(tx: AsyncConnection, personal: PersonalData, *, sign_in_id: UUID, mobile: str, **values: Any) -> None:
    blob = personal.encrypt(mobile, table="sign_in", column="mobile", row=str(sign_in_id))
    index = mobile_index(personal, mobile)
    await tx.execute(sign_in.insert().values(sign_in_id=sign_in_id, mobile=blob, mobile_index=index, **values))


async def pending(tx: AsyncConnection, personal: PersonalData, visit: Visit, *, lock: bool = False) -> Pending | None:
    query = select(sign_in).where(_pending(visit)).order_by(sign_in.c.sent_at.desc()).limit(1)
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return _to_pending(row, personal) if row else None


def _to_pending(row: Row[Any], personal: PersonalData) -> Pending:
    mobile = personal.decrypt(row.mobile, table="sign_in", column="mobile", row=str(row.sign_in_id))
    known = SignIn(
        sign_in_id=row.sign_in_id,
        controller_id=row.controller_id,
        device_mac=row.device_mac,
        masked_mobile=mask_mobile(mobile),
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        tries=row.tries,
        notification_id=row.notification_id,
        failure=row.failure,
    )
    return Pending(known, row.code, mobile, row.language)


async def note_sent(tx: AsyncConnection, sign_in_id: UUID, *, notification_id: str, failure: str) -> None:
    change = update(sign_in).where(sign_in.c.sign_in_id == sign_in_id)
    await tx.execute(change.values(notification_id=notification_id, failure=failure))


async def count_try(tx: AsyncConnection, sign_in_id: UUID) -> None:
    await tx.execute(update(sign_in).where(sign_in.c.sign_in_id == sign_in_id).values(tries=sign_in.c.tries + 1))


async def verify(tx: AsyncConnection, sign_in_id: UUID, status_token: bytes) -> None:
    change = update(sign_in).where(sign_in.c.sign_in_id == sign_in_id)
    await tx.execute(change.values(state="verified", status_token=status_token))


async def put_visitor(tx: AsyncConnection, personal: PersonalData, new_id: UUID, mobile: str, language: str) -> UUID:
    """Returns the id of the number's person and sets the language; a new one gets `new_id` and the plan for all."""
    row = insert(visitor).values(
        visitor_id=new_id,
        mobile_index=mobile_index(personal, mobile),
        mobile=personal.encrypt(mobile, table="visitor", column="mobile", row=str(new_id)),
        language=language,
        plan_id=PLAN_OF_VISITORS,
    )
    kept = row.on_conflict_do_update(index_elements=["mobile_index"], set_={"language": language})
    visitor_id: UUID = (await tx.execute(kept.returning(visitor.c.visitor_id))).scalar_one()
    return visitor_id


async def contact(tx: AsyncConnection, personal: PersonalData, visitor_id: UUID) -> tuple[str, str]:
    """Returns the mobile number in E.164 form, and the language. Raises NoResultFound for an unknown id."""
    row = (await tx.execute(select(visitor).where(visitor.c.visitor_id == visitor_id))).one()
    return personal.decrypt(row.mobile, table="visitor", column="mobile", row=str(visitor_id)), row.language


def _pending(visit: Visit) -> ColumnElement[bool]:
    """Finds the visit's codes, of which the newest counts: those of who speaks now, and the device's that were asked
    for while its controller's word still counted.
    """
    of_device = (sign_in.c.controller_id == visit.controller_id) & (sign_in.c.device_mac == visit.device_mac)
    whose = sign_in.c.browser == visit.browser
    if visit.proven_until:
        whose |= (sign_in.c.browser == b"") & (sign_in.c.sent_at < visit.proven_until)
    return of_device & whose & (sign_in.c.state == "pending")
