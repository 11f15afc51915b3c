"""Sign-outs, the latest first: a person's own, or all of them for the security administrator and the auditor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pingshan_kit import clock
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AUDITOR, SECURITY_ADMINISTRATOR, require_role
from pingshan_identity.domain.errors import SessionNotFound
from pingshan_identity.store.sign_out import sign_outs
from pingshan_identity.store.sign_out.sign_outs import Listed

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class SignOutPage:
    rows: Sequence[Listed]
    before: datetime | None
    """Pass it to get the next page; None on the last one."""


async def list_sign_outs(
    actor: Actor,
    database: Database,
    *,
    everybody: bool,
    open_only: bool = False,
    person_id: str | None = None,
    before: datetime | None = None,
) -> SignOutPage:
    """`everybody`: the office's list, in which `person_id` narrows; else the asker's own.

    Raises:
        AdministratorRequired, SessionNotFound.

    """
    if everybody:
        require_role(actor, SECURITY_ADMINISTRATOR, AUDITOR)
    elif actor.person_id is None:
        raise SessionNotFound
    async with database.read() as tx:
        rows = await sign_outs.page(
            tx,
            person_id=person_id if everybody else actor.person_id,
            open_only=open_only,
            before=before or clock.now(),
            limit=PAGE_SIZE + 1,
        )
    more = len(rows) > PAGE_SIZE
    return SignOutPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].sign_out.requested_at if more else None)
