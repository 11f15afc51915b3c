"""Posts, staff and people of the public, each with a first password."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pyotp
from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.representations.representation import RepresentationKind, last_day_of_childhood
from pingshan_identity.domain.sign_in.upstream import REAL_NAME_LEVEL
from pingshan_identity.seed.files import read
from pingshan_identity.seed.secret_file import SecretFile
from pingshan_identity.store.tables import password, person, person_post, post, post_role, representation, totp

SINCE = date(2026, 1, 1)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
_AUTHENTICATORS = "totp"
"""Section of the sign-ins file."""


async def seed_people(tx: AsyncConnection, personal: PersonalData, passwords: Passwords, file: SecretFile) -> None:
    """Add who is missing; people who are there keep what they have, their password first of all."""
    await _posts(tx)
    new: list[tuple[UUID, str]] = []
    authenticators: list[tuple[UUID, str]] = []
    for each in read("staff.json")["staff"]:
        if not await _exists(tx, person.c.login_name == each["login_name"]):
            secret = _secret(file, Realm.STAFF, each["login_name"])
            authenticator = _authenticator(file, each["login_name"])
            person_id = await _staff(tx, personal, each)
            new.append((person_id, secret))
            authenticators.append((person_id, authenticator))
    for each in read("public.json")["public"]:
        if not await _exists(tx, person.c.person_number_index == personal.index(each["person_number"])):
            secret = _secret(file, Realm.PUBLIC, each["mobile_number"])
            new.append((await _public(tx, personal, each), secret))
    file.save()
    if new:
        hashes = await asyncio.gather(*(passwords.hash(secret) for _, secret in new))
        rows = [{"person_id": person_id, "hash": made} for (person_id, _), made in zip(new, hashes, strict=True)]
        await tx.execute(insert(password), rows)
    if authenticators:
        moment = clock.now()
        await tx.execute(insert(totp), [_totp(personal, *each, moment) for each in authenticators])


async def _posts(tx: AsyncConnection) -> None:
    for each in read("posts.json")["posts"]:
        row = {"code": each["code"], "name_zh": each["zh"], "name_en": each["en"]}
        added = await tx.execute(upsert(post).values(row).on_conflict_do_nothing().returning(post.c.code))
        if added.one_or_none() is not None:
            roles = [
                {"post": each["code"], "audience": audience, "role": role}
                for audience, names in each["roles"].items()
                for role in names
            ]
            await tx.execute(insert(post_role).values(roles))


async def _exists(tx: AsyncConnection, condition: ColumnElement[bool]) -> bool:
    return (await tx.execute(select(person.c.person_id).where(condition))).one_or_none() is not None


def _secret(file: SecretFile, realm: Realm, login: str) -> str:
    """The password that the file already holds (an earlier seed was cut short), else a new one."""
    known = file.get(realm, login)
    if known is None:
        known = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        file.put(realm, login, known)
    return known


def _authenticator(file: SecretFile, login: str) -> str:
    """The base32 secret of the person's authenticator: as if they had registered one."""
    known = file.get(_AUTHENTICATORS, login)
    if known is None:
        known = pyotp.random_base32()
        file.put(_AUTHENTICATORS, login, known)
    return known


async def _staff(tx: AsyncConnection, personal: PersonalData, each: Mapping[str, Any]) -> UUID:
    person_id = uuid7()
    row = _common(personal, person_id, Realm.STAFF, each)
    await tx.execute(
        insert(person).values(row | {"login_name": each["login_name"], "organisation": each["organisation"]})
    )
    posts = [{"person_id": person_id, "post": code, "since": SINCE} for code in each["posts"]]
    await tx.execute(insert(person_post).values(posts))
    return person_id


async def _public(tx: AsyncConnection, personal: PersonalData, each: Mapping[str, Any]) -> UUID:
    person_id = uuid7()
    number = each["person_number"]
    row = _common(personal, person_id, Realm.PUBLIC, each) | {
        "person_number_encrypted": _encrypt(personal, number, "person_number_encrypted", person_id),
        "person_number_index": personal.index(number),
        "real_name_level": REAL_NAME_LEVEL,
    }
    await tx.execute(insert(person).values(row))
    for represented in each["represents"]:
        await tx.execute(insert(representation).values(_representation(personal, person_id, represented)))
    return person_id


def _totp(personal: PersonalData, person_id: UUID, secret: str, moment: datetime) -> dict[str, Any]:
    sealed = personal.encrypt(secret, table="totp", column="secret_encrypted", row=str(person_id))
    return {"person_id": person_id, "secret_encrypted": sealed, "created_at": moment, "confirmed_at": moment}


def _common(personal: PersonalData, person_id: UUID, realm: Realm, each: Mapping[str, Any]) -> dict[str, Any]:
    mobile = each["mobile_number"]
    return {
        "person_id": person_id,
        "realm": realm.value,
        "name_encrypted": _encrypt(personal, each["name"], "name_encrypted", person_id),
        "mobile_encrypted": _encrypt(personal, mobile, "mobile_encrypted", person_id),
        "mobile_index": personal.index(mobile),
    }


def _representation(personal: PersonalData, person_id: UUID, each: Mapping[str, Any]) -> dict[str, Any]:
    representation_id = uuid7()
    code = each["holder_code"]
    return {
        "representation_id": representation_id,
        "person_id": person_id,
        "holder_index": personal.index(code),
        "holder_encrypted": personal.encrypt(
            code, table="representation", column="holder_encrypted", row=str(representation_id)
        ),
        "holder_name_encrypted": personal.encrypt(
            each["holder_name"], table="representation", column="holder_name_encrypted", row=str(representation_id)
        ),
        "kind": each["kind"],
        "since": SINCE,
        "until": last_day_of_childhood(code) if each["kind"] == RepresentationKind.PARENT else None,
    }


def _encrypt(personal: PersonalData, text: str, column: str, person_id: UUID) -> bytes:
    return personal.encrypt(text, table="person", column=column, row=str(person_id))
