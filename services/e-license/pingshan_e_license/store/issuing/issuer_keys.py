"""Queries on the keys that sign licences; private halves are encrypted, and each row is sealed."""

import json
from datetime import UTC, datetime
from typing import Any

from pingshan_kit.crypto import PersonalData
from pingshan_kit.logging import log
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.issuing.issuer_key import IssuerKey, RevocationReason
from pingshan_e_license.store.tables import issuer_key

_t = issuer_key.c
_LOCK = 7_471_060


async def lock(tx: AsyncConnection) -> None:
    """Waits until no other transaction makes keys; holds the lock until the end of this one."""
    await tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def every(tx: AsyncConnection, personal: PersonalData) -> list[IssuerKey]:
    """Returns all keys that there ever were, by agency and beginning; a row that nobody sealed here is left out."""
    rows = await tx.execute(select(issuer_key).order_by(_t.agency.nulls_first(), _t.not_before, _t.kid))
    return [key for row in rows if (key := _key(row, personal)) is not None]


async def signing(
    tx: AsyncConnection, personal: PersonalData, agency: str, now: datetime
) -> tuple[IssuerKey, bytes] | None:
    """Returns the agency's key that began to sign last beside its encrypted private half, None where none signs.

    No key is revoked, or ended, until the transaction ends: what it signs is recorded before.
    """
    signs = (_t.agency == agency, _t.not_before <= now, _t.not_after > now, _t.revoked_at.is_(None))
    own = select(issuer_key).where(*signs, _t.private_encrypted.is_not(None))
    newest = own.order_by(_t.not_before.desc(), _t.kid.desc()).limit(1)
    row = (await tx.execute(newest.with_for_update(read=True, key_share=True))).one_or_none()
    key = None if row is None else _key(row, personal)
    return None if row is None or key is None else (key, row.private_encrypted)


def opened(personal: PersonalData, kid: str, private_encrypted: bytes) -> str:
    """Returns the private JWK (RFC 7517) as JSON."""
    return personal.decrypt(private_encrypted, **_place(kid))


async def by_kid(tx: AsyncConnection, personal: PersonalData, kid: str) -> IssuerKey | None:
    """Returns the key, locked: nobody signs with it until the transaction ends. None for an unknown one."""
    row = (await tx.execute(select(issuer_key).where(_t.kid == kid).with_for_update())).one_or_none()
    return None if row is None else _key(row, personal)


async def add(tx: AsyncConnection, personal: PersonalData, key: IssuerKey, private_jwk: str | None) -> None:
    """Adds a key, its private half encrypted; None where that stays in its file."""
    hidden = None if private_jwk is None else personal.encrypt(private_jwk, **_place(key.kid))
    await tx.execute(insert(issuer_key).values(_values(key, personal) | {"private_encrypted": hidden}))


async def change(tx: AsyncConnection, personal: PersonalData, key: IssuerKey) -> None:
    """Writes the end, or the revocation, of a key."""
    await tx.execute(update(issuer_key).where(_t.kid == key.kid).values(_values(key, personal)))


def _values(key: IssuerKey, personal: PersonalData) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "agency": key.agency,
        "algorithm": key.algorithm,
        "public_jwk": dict(key.public_jwk),
        "not_before": key.not_before,
        "not_after": key.not_after,
        "revoked_at": key.revoked_at,
        "revocation_reason": key.revocation_reason.value if key.revocation_reason else None,
        "seal": _seal(key, personal),
    }


def _key(row: Any, personal: PersonalData) -> IssuerKey | None:
    key = IssuerKey(
        kid=row.kid,
        agency=row.agency,
        algorithm=row.algorithm,
        public_jwk=row.public_jwk,
        not_before=row.not_before,
        not_after=row.not_after,
        revoked_at=row.revoked_at,
        revocation_reason=RevocationReason(row.revocation_reason) if row.revocation_reason else None,
    )
    if _seal(key, personal) == row.seal:
        return key
    log.error("issuer_key.seal_broken", kid=row.kid)
    return None


def _seal(key: IssuerKey, personal: PersonalData) -> bytes:
    moments = [_text(each) for each in (key.not_before, key.not_after, key.revoked_at)]
    content = [key.kid, key.agency, key.algorithm, dict(key.public_jwk), *moments, key.revocation_reason]
    return personal.index("issuer_key " + json.dumps(content, sort_keys=True))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _place(kid: str) -> dict[str, str]:
    return {"table": "issuer_key", "column": "private_encrypted", "row": kid}
