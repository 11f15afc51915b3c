"""Joining, moving and leaving, for pages and imports, each in the caller's transaction."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import SEPARATED
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.errors import PersonChanged, PersonNotFound
from pingshan_identity.domain.people.employment import check_free, check_present, day_before, leaves_now, plan_move
from pingshan_identity.domain.people.import_sheet import Known, SheetRow, login_names, read_rows
from pingshan_identity.domain.people.powers import Holding, refuse_joined_powers
from pingshan_identity.domain.people.staff_form import Reference, StaffForm, to_phone
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.factors import passwords
from pingshan_identity.store.people import organisations, sections, staff
from pingshan_identity.store.people.staff import StaffRow
from pingshan_identity.usecases.sessions.shared import close_access


async def reference(tx: AsyncConnection) -> Reference:
    """Returns the codes and ids that forms may name; posts that give one of the separated roles are not among them."""
    powers = await staff.powers(tx, SEPARATED)
    return Reference(
        organisations=frozenset(await organisations.codes(tx)),
        sections={each.section_id: each.organisation for each in await sections.of_organisation(tx)},
        posts=frozenset(code for code, *_ in await staff.posts(tx) if code not in powers),
    )


async def checked_rows(tx: AsyncConnection, sheet: Sequence[Sequence[str]]) -> list[SheetRow]:
    """Returns the rows of an import, checked against what is known now. Raises SheetUnreadable where a column is
    missing.
    """
    names = login_names(sheet)
    known = {
        name: Known(person_id, has_left) for name, (person_id, has_left) in (await staff.presence(tx, names)).items()
    }
    return read_rows(
        sheet,
        reference=await reference(tx),
        sections={(each.organisation, each.name_zh): each.section_id for each in await sections.of_organisation(tx)},
        posts={zh: code for code, zh, _ in await staff.posts(tx)},
        known=known,
        today=clock.today(),
    )


async def join(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, *, form: StaffForm, password_hash: str
) -> UUID:
    """Returns the id of a new member of staff, or of one who comes back under their old name; the form must be checked.

    The person must change the initial password at the first sign-in.

    Raises:
        LoginNameTaken: somebody who has not left signs in with that name.
    """
    now = clock.now()
    person_id = (await staff.taken(tx, [form.login_name])).get(form.login_name)
    if person_id is None:
        person_id = uuid7()
        await staff.add(
            tx,
            personal,
            person_id=person_id,
            login_name=form.login_name,
            name=form.name,
            organisation_code=form.organisation,
            section_id=form.section_id,
            mobile_number=to_phone(form.mobile_number) or "",
            joined_on=form.since,
        )
    else:
        await staff.lock(tx, person_id, None)
        known = await staff.get(tx, personal, person_id, clock.today())
        check_free(form.login_name, known.left_at if known is not None else None)
        await staff.rejoin(tx, person_id, form.since)
        await staff.place(tx, person_id, organisation_code=form.organisation, section_id=form.section_id)
    await passwords.give(tx, person_id, password_hash, now)
    for code in form.posts:
        await staff.give_post(tx, person_id, code, form.since, form.until)
    await _record(tx, actor, Act.PERSON_JOINED, person_id, organisation=form.organisation, posts=list(form.posts))
    return person_id


async def move(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, *, person_id: UUID, version: int | None, form: StaffForm
) -> UUID | None:
    """Moves the person; returns the id of the sign-out where they lose roles today, else None.

    `version`: the one that the page showed, None for any.

    Raises:
        PersonChanged, PersonNotFound.
    """
    today = clock.today()
    await _lock(tx, person_id, version)
    known = await _present(tx, personal, person_id, today)
    planned = plan_move(
        form,
        own=[each.holding for each in await staff.held_posts(tx, person_id) if each.acting_for is None],
        powers=await staff.powers(tx, SEPARATED),
        organisation=known.organisation,
        today=today,
    )
    await staff.end_posts(tx, person_id, planned.ended, planned.last_day)
    for code in planned.given:
        await staff.give_post(tx, person_id, code, form.since, form.until)
    await staff.place(tx, person_id, organisation_code=form.organisation, section_id=form.section_id)
    await _record(
        tx,
        actor,
        Act.PERSON_MOVED,
        person_id,
        organisation=form.organisation,
        posts=list(form.posts),
        ended=sorted(planned.ended),
        since=form.since.isoformat(),
    )
    if not planned.signs_out:
        return None
    return await close_access(tx, actor, personal, person_id=str(person_id), reason=EndReason.MOVED)


async def leave(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, *, person_id: UUID, version: int | None, on: date
) -> UUID | None:
    """Lets the person leave; returns the id of the sign-out, or None where leaving on `on` is only planned.

    `version`: the one that the page showed, None for any.

    Raises:
        PersonChanged, PersonNotFound.
    """
    today = clock.today()
    await _lock(tx, person_id, version)
    await _present(tx, personal, person_id, today)
    if not leaves_now(on, today):
        await staff.plan_leaving(tx, person_id, on)
        await _record(tx, actor, Act.LEAVING_PLANNED, person_id, on=on.isoformat())
        return None
    sign_out_id = await close_access(tx, actor, personal, person_id=str(person_id), reason=EndReason.LEFT)
    await staff.leave(tx, person_id, clock.now(), today)
    await _record(tx, actor, Act.PERSON_LEFT, person_id, sign_out_id=str(sign_out_id))
    return sign_out_id


async def give_power(
    tx: AsyncConnection, actor: Actor, *, person_id: UUID, post: str, since: date, until: date | None
) -> None:
    """Gives a post that has one of the separated roles, as two people decided.

    Raises:
        PersonNotFound, PowersJoined.
    """
    await _lock(tx, person_id, None)
    powers = await staff.powers(tx, SEPARATED)
    held = await staff.holdings(tx, person_id)
    refuse_joined_powers([*held, Holding(post, since, until)], powers)
    await staff.end_posts(tx, person_id, [post], day_before(since))
    await staff.give_post(tx, person_id, post, since, until)
    await _record(tx, actor, Act.PERSON_MOVED, person_id, posts=[post], since=since.isoformat())


async def _lock(tx: AsyncConnection, person_id: UUID, version: int | None) -> None:
    if await staff.lock(tx, person_id, version) is None:
        raise PersonChanged if version is not None else PersonNotFound


async def _present(tx: AsyncConnection, personal: PersonalData, person_id: UUID, today: date) -> StaffRow:
    known = await staff.get(tx, personal, person_id, today)
    if known is None:
        raise PersonNotFound
    check_present(known.left_at)
    return known


async def _record(tx: AsyncConnection, actor: Actor, act: Act, person_id: UUID, **details: object) -> None:
    await audit_log.append(tx, actor=actor, act=act, subject=f"person:{person_id}", details=details)
