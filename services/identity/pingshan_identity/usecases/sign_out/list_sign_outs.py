"""Lists sign-outs: a person's own, or everybody's for the security administrator and the auditor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pingshan_kit import clock
from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer, require_person
from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.store.sign_out.sign_outs import Listed
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class SignOutPage:
    rows: Sequence[Listed]
    before: datetime | None
    """Value of `before` for the next page; None on the last one."""


async def list_sign_outs(
    deps: Dependencies,
    actor: Actor,
    *,
    everybody: bool,
    open_only: bool = False,
    person_id: str | None = None,
    before: datetime | None = None,
) -> SignOutPage:
    """Returns a page of sign-outs, the latest first: the actor's own, or with `everybody` those of all or of
    `person_id`.

    Raises:
        AdministratorRequired, SessionNotFound.
    """
    if everybody:
        check_may_administer(actor, AdministrativeAct.LIST_SIGN_OUTS)
    else:
        person_id = require_person(actor, SessionNotFound)
    async with deps.database.read() as tx:
        rows = await sign_outs.page(
            tx,
            person_id=person_id,
            open_only=open_only,
            before=before or clock.now(),
            limit=PAGE_SIZE + 1,
        )
    more = len(rows) > PAGE_SIZE
    return SignOutPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].sign_out.requested_at if more else None)
