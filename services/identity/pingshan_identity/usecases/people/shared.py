"""Joins, moves and lets people leave, for pages and imports, each in the caller's transaction."""

from datetime import date
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.crypto import PersonalData
from pingshan_kit.ids import uuid7
from pingshan_kit.jobs import enqueue
from pingshan_values.actor import Actor
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.domain.access import POWERS, SEPARATED
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.dual_control.new_ways_in import NewWaysIn
from pingshan_identity.domain.errors import LoginNameTaken, NoMovePlanned, PersonChanged, PersonNotFound
from pingshan_identity.domain.factors import enrolment
from pingshan_identity.domain.people.deputy import check_deputy
from pingshan_identity.domain.people.employment import (
    Place,
    check_present,
    day_before,
    leaves_now,
    plan_move,
    require_planned,
)
from pingshan_identity.domain.people.powers import Holding, refuse_alone, refuse_joined_powers, refuse_leaver
from pingshan_identity.domain.people.staff_form import Reference, StaffForm, to_phone
from pingshan_identity.domain.sessions.session import EndReason
from pingshan_identity.store.factors import passwords, second_factors
from pingshan_identity.store.organisations import organisations, sections
from pingshan_identity.store.people import placements, staff
from pingshan_identity.store.people.persons import lock_ways_in
from pingshan_identity.store.people.staff import StaffRow
from pingshan_identity.store.sign_in import upstreams
from pingshan_identity.usecases.job_kinds import TELL_OF_RESET, PersonToTell
from pingshan_identity.usecases.sessions.shared import close_access


async def reference(tx: AsyncConnection) -> Reference:
    """Returns the codes and ids that forms may name; posts under dual control are not among them."""
    powers, posts = await staff.powers(tx, POWERS), await staff.posts(tx)
    return Reference(
        organisations=frozenset(await organisations.codes(tx)),
        sections={each.section_id: each.organisation for each in await sections.of_organisation(tx, clock.today())},
        posts=frozenset(code for code, *_ in posts if code not in powers),
        post_names={code: (zh, en) for code, zh, en in posts},
    )


async def join(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, *, form: StaffForm, password_hash: str
) -> UUID:
    """Returns the id of a new member of staff, who must change the initial password at the first sign-in; the form must
    be checked.

    A login name stays with who had it first, also when they have left: one administrator who lets somebody leave and
    adds them again would have their account, with its name and record. Who comes back is a new person.

    Raises:
        LoginNameTaken: somebody has that name, or had it.
    """
    now, person_id = clock.now(), uuid7()
    if await staff.taken(tx, [form.login_name]):
        raise LoginNameTaken(login_name=form.login_name)
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
    await passwords.give(tx, person_id, password_hash, now)
    for code in form.posts:
        await staff.give_post(tx, person_id, code, form.since, form.until)
    await _record(tx, actor, Act.PERSON_JOINED, person_id, organisation=form.organisation, posts=list(form.posts))
    return person_id


async def check_alone(tx: AsyncConnection, actor: Actor, person_id: UUID) -> None:
    """Refuses an act of one administrator on themselves or on another one; the caller has locked the person.

    Raises:
        TakesTwo.
    """
    powers = await staff.powers(tx, POWERS)
    held = await staff.holdings(tx, person_id)
    refuse_alone(actor.person_id, str(person_id), held, powers, today=clock.today())


async def move(
    tx: AsyncConnection,
    actor: Actor,
    personal: PersonalData,
    *,
    person_id: UUID,
    version: int | None,
    form: StaffForm,
    by_two: bool = False,
) -> UUID | None:
    """Moves the person, from the first day of the form on; returns the id of the sign-out where they lose roles today,
    else None. A move that lies ahead is replaced.

    `version`: the one that the page showed, None for any. `by_two`: whether two administrators decided it.

    Raises:
        PersonChanged, PersonNotFound, TakesTwo.
    """
    today = clock.today()
    await _lock(tx, person_id, version)
    if not by_two:
        await check_alone(tx, actor, person_id)
    await _present(tx, personal, person_id, today)
    placement, powers = await placements.get(tx, person_id), await staff.powers(tx, POWERS)
    own = [each.holding for each in await staff.held_posts(tx, person_id) if each.acting_for is None]
    without = frozenset(each for each in own if each.post not in powers)
    planned = plan_move(
        form,
        own=own,
        powers=powers,
        organisation=placement.on(today).organisation,
        planned=placement.planned_after(today),
        today=today,
    )
    await staff.end_posts(tx, person_id, planned.given, planned.last_day, acting=True)
    await staff.replace_own_posts(tx, person_id, without, planned.posts)
    before = await placements.posts_before(tx, person_id) if placement.planned_after(today) else without
    place = placement.moved(Place(form.organisation, form.section_id), form.since, today)
    await placements.put(tx, person_id, place, before if place.moves_on else None)
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


async def stay_in_place(
    tx: AsyncConnection, actor: Actor, *, person_id: UUID, version: int | None, by_two: bool = False
) -> None:
    """Takes back the move that lies ahead: the person's own posts go on as they were before it was planned.

    Where the move shortened what they do for others as a deputy, that stays as it is. `version`: the one that the page
    showed, None for any. `by_two`: whether two administrators decided it.

    Raises:
        NoMovePlanned, PersonChanged, PersonNotFound.
        TakesTwo: the person is an administrator, or the actor.
    """
    await _lock(tx, person_id, version)
    if not await staff.exists_present(tx, person_id):
        raise PersonNotFound
    today = clock.today()
    placement, before = await placements.get(tx, person_id), await placements.posts_before(tx, person_id)
    place = placement.taken_back(today)
    if before is None:
        raise NoMovePlanned
    if not by_two:
        await check_alone(tx, actor, person_id)
    powers = await staff.powers(tx, POWERS)
    held = await staff.held_posts(tx, person_id)
    own = {each.holding for each in held if each.acting_for is None and each.post not in powers}
    await staff.replace_own_posts(tx, person_id, own, before)
    await placements.put(tx, person_id, place)
    on = str(placement.moves_on)
    await _record(tx, actor, Act.MOVE_CANCELLED, person_id, on=on, posts=sorted({each.post for each in before}))


async def leave(
    tx: AsyncConnection,
    actor: Actor,
    personal: PersonalData,
    *,
    person_id: UUID,
    version: int | None,
    on: date,
    by_two: bool = False,
) -> UUID | None:
    """Lets the person leave; returns the id of the sign-out, or None where leaving on `on` is only planned.

    `version`: the one that the page showed, None for any. `by_two`: whether two administrators decided it, or its day
    has come.

    Raises:
        PersonChanged, PersonNotFound, TakesTwo.
    """
    today = clock.today()
    await _lock(tx, person_id, version)
    if not by_two:
        await check_alone(tx, actor, person_id)
    await _present(tx, personal, person_id, today)
    if not leaves_now(on, today):
        await staff.plan_leaving(tx, person_id, on)
        await _record(tx, actor, Act.LEAVING_PLANNED, person_id, on=on.isoformat())
        return None
    sign_out_id = await close_access(tx, actor, personal, person_id=str(person_id), reason=EndReason.LEFT)
    await staff.leave(tx, person_id, clock.now(), today)
    await _record(tx, actor, Act.PERSON_LEFT, person_id, sign_out_id=str(sign_out_id))
    return sign_out_id


async def stay(
    tx: AsyncConnection, actor: Actor, *, person_id: UUID, version: int | None, by_two: bool = False
) -> None:
    """Takes back that the person is to leave on a day to come.

    `version`: the one that the page showed, None for any. `by_two`: whether two administrators decided it.

    Raises:
        NoLeavingPlanned, PersonChanged, PersonNotFound.
        TakesTwo: the person holds power, and would go on holding it, or is the actor.
    """
    await _lock(tx, person_id, version)
    if not await staff.exists_present(tx, person_id):
        raise PersonNotFound
    planned = require_planned(await staff.leaves_on(tx, person_id))
    if not by_two:
        await check_alone(tx, actor, person_id)
    await staff.plan_leaving(tx, person_id, None)
    await _record(tx, actor, Act.LEAVING_CANCELLED, person_id, on=planned.isoformat())


async def give_power(
    tx: AsyncConnection, actor: Actor, *, person_id: UUID, post: str, since: date, until: date | None
) -> None:
    """Gives a post under dual control, as two people decided.

    Raises:
        PersonNotFound, PowersJoined.
        RequestInvalid: the person is going to leave.
    """
    await _lock(tx, person_id, None)
    refuse_leaver(await staff.leaves_on(tx, person_id))
    if not await staff.exists_present(tx, person_id):
        raise PersonNotFound
    powers = await staff.powers(tx, SEPARATED)
    held = await staff.holdings(tx, person_id)
    refuse_joined_powers([*held, Holding(post, since, until)], powers)
    await staff.end_posts(tx, person_id, [post], day_before(since))
    await staff.give_post(tx, person_id, post, since, until)
    await _record(tx, actor, Act.PERSON_MOVED, person_id, posts=[post], since=since.isoformat())


async def end_power(tx: AsyncConnection, actor: Actor, personal: PersonalData, *, person_id: UUID, post: str) -> None:
    """Ends a post under dual control as of yesterday and every session of the person, as two people decided.

    Raises:
        PersonNotFound.
    """
    await _lock(tx, person_id, None)
    await staff.end_posts(tx, person_id, [post], day_before(clock.today()))
    await _record(tx, actor, Act.PERSON_MOVED, person_id, ended=[post])
    await close_access(tx, actor, personal, person_id=str(person_id), reason=EndReason.MOVED)


async def appoint(tx: AsyncConnection, actor: Actor, *, person_id: UUID, deputy_id: UUID, asked: Holding) -> None:
    """Gives the deputy the post of somebody absent until the last day; the caller has locked the deputy.

    Raises:
        DeputyRefused.
    """
    held = await staff.held_posts(tx, person_id)
    check_deputy(
        person_id=str(person_id),
        deputy_id=str(deputy_id),
        has_left=not await staff.exists_present(tx, deputy_id),
        has_power=asked.post in await staff.powers(tx, POWERS),
        asked=asked,
        own=[each.holding for each in held if each.acting_for is None],
        deputys=await staff.holdings(tx, deputy_id),
        today=clock.today(),
    )
    await staff.give_post(tx, deputy_id, asked.post, asked.since, asked.until, acting_for=person_id)
    details = {"post": asked.post, "acting_for": str(person_id), "since": str(asked.since), "until": str(asked.until)}
    await _record(tx, actor, Act.DEPUTY_APPOINTED, deputy_id, **details)


async def end_deputyship(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, *, deputy_id: UUID, post: str
) -> None:
    """Ends the post as of yesterday and every session of the deputy, so that none goes on with the post's roles; the
    caller has locked the deputy.
    """
    await staff.end_posts(tx, deputy_id, [post], day_before(clock.today()), acting=True)
    await _record(tx, actor, Act.DEPUTY_ENDED, deputy_id, post=post)
    await close_access(tx, actor, personal, person_id=str(deputy_id), reason=EndReason.MOVED)


async def renew_ways_in(
    tx: AsyncConnection, actor: Actor, personal: PersonalData, person_id: str, new: NewWaysIn, hashed: str
) -> None:
    """Ends the ways into an account that others take the place of, and every session, and tells the person.

    Links to upstreams end with either: each is a first proof as the password is, whoever holds the factors may have
    made it, and would come in by it and set up a factor of their own. `hashed`: of the first password.
    """
    await lock_ways_in(tx, person_id)
    await close_access(tx, actor, personal, person_id=person_id, reason=EndReason.SECURITY)
    if new.password:
        await passwords.give(tx, UUID(person_id), hashed, clock.now())
        await _record(tx, actor, Act.PASSWORD_RESET, UUID(person_id))
    if new.factors:
        await second_factors.remove_all(tx, person_id)
        await _record(tx, actor, Act.FACTORS_RESET, UUID(person_id))
    if new.password or new.factors:
        await upstreams.unlink_all(tx, person_id)
    await enqueue(tx, TELL_OF_RESET, str(uuid7()), PersonToTell(person_id=UUID(person_id)))


async def demand_enrolment_code(tx: AsyncConnection, person_id: str) -> str:
    """Returns a new code without which the person sets up no factor; one given before no longer counts."""
    code = enrolment.make()
    await second_factors.require_enrolment_code(tx, person_id, enrolment.hashed(code), clock.now() + enrolment.LIFE)
    return code


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
