"""Lists a person's own record of sign-ins."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import require_person
from pingshan_identity.domain.audit.sign_in_record import Entry
from pingshan_identity.domain.errors import PersonNotFound
from pingshan_identity.store.audit import sign_in_record
from pingshan_identity.store.clients import clients
from pingshan_identity.usecases.dependencies import Dependencies

_NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class RecordPage:
    entries: tuple[Entry, ...]
    systems: Mapping[str, tuple[str, str]]
    """Chinese and English name of each system in the entries, by its client id."""
    before: int | None
    """Value of `before` for the next page; None on the last one."""


async def list_sign_in_record(deps: Dependencies, actor: Actor, *, before: int | None = None) -> RecordPage:
    """Returns a page of entries about the person who asks, the latest first.

    `before`: record number to go on from; None for the first page.

    Raises:
        PersonNotFound: nobody is signed in.
    """
    person_id = require_person(actor, PersonNotFound)
    async with deps.database.read() as tx:
        rows = await sign_in_record.of_person(tx, person_id, before=before or _NEWEST, limit=PAGE_SIZE + 1)
        names = await clients.names(tx, {entry.system for _, entry in rows if entry.system})
    entries = tuple(entry for _, entry in rows[:PAGE_SIZE])
    return RecordPage(entries, names, before=rows[PAGE_SIZE - 1][0] if len(rows) > PAGE_SIZE else None)
