"""Applies changes of people that two administrators decided, each in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from pingshan_kit import clock
from pingshan_kit.crypto import PersonalData
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.dual_control.change_request import ChangeKind
from pingshan_identity.domain.dual_control.proposal import leaving_day, move_of, power_of
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.people.shared import (
    appoint,
    end_deputyship,
    end_power,
    give_power,
    leave,
    move,
    stay,
    stay_in_place,
)


async def apply_to_person(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, kind: ChangeKind, details: Mapping[str, Any]
) -> None:
    """Applies a change of somebody's posts, organisation or employment; what lies in the past counts from today.

    Raises:
        DeputyRefused, PersonNotFound, PowersJoined.
    """
    person_id, today = UUID(details["person_id"]), clock.today()
    match kind:
        case ChangeKind.GIVE_POWER:
            given = power_of(details)
            since = max(given.since, today)
            await give_power(tx, actor, person_id=person_id, post=given.post, since=since, until=given.until)
        case ChangeKind.END_POWER:
            await end_power(tx, actor, personal, person_id=person_id, post=details["post"])
        case ChangeKind.MOVE_PERSON:
            asked = move_of(details)
            form = replace(asked, since=max(asked.since, today))
            await move(tx, actor, personal, person_id=person_id, version=None, form=form, by_two=True)
        case ChangeKind.END_EMPLOYMENT | ChangeKind.RECORD_DEPARTURE:
            on = leaving_day(details)
            await leave(tx, actor, personal, person_id=person_id, version=None, on=on, by_two=True)
        case ChangeKind.CANCEL_LEAVING:
            await stay(tx, actor, person_id=person_id, version=None, by_two=True)
        case ChangeKind.CANCEL_MOVE:
            await stay_in_place(tx, actor, person_id=person_id, version=None, by_two=True)
        case ChangeKind.APPOINT_DEPUTY:
            deputy_id = await _locked(tx, details["deputy_id"])
            await appoint(tx, actor, person_id=person_id, deputy_id=deputy_id, asked=power_of(details))
        case ChangeKind.END_DEPUTY:
            await end_deputyship(tx, actor, personal, deputy_id=await _locked(tx, person_id), post=details["post"])


async def _locked(tx: AsyncConnection, person_id: UUID | str) -> UUID:
    found = UUID(str(person_id))
    if await staff.lock(tx, found, None) is None:
        raise PersonNotFound
    return found
